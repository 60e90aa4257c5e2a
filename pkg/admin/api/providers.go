package api

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// ProviderSettings are what is said of an identity provider. Its secret, or private key,
// can be written, and never read.
type ProviderSettings struct {
	upstream.Settings
	Secret oauth.Secret `json:"client_secret,omitempty"`
}

// NewProvider is a provider to be added. What it leaves out is that of an OpenID
// provider, to which we prove ourselves by a secret.
type NewProvider struct {
	ID       string           `json:"id"`
	Name     string           `json:"name,omitempty"`
	Kind     upstream.Kind    `json:"kind,omitempty"`
	ClientID string           `json:"client_id"`
	Issuer   string           `json:"issuer"`
	Auth     oauth.AuthMethod `json:"token_endpoint_auth_method,omitempty"`
	Scope    oauth.Scope      `json:"scope,omitempty"`
	Secret   oauth.Secret     `json:"client_secret,omitempty"`
	Domains  []string         `json:"domains,omitempty"`
	upstream.Trust
}

// ShownProvider is a provider with the addresses that are to be registered there.
type ShownProvider struct {
	ID          string    `json:"id"`
	Created     time.Time `json:"created"`
	RedirectURI string    `json:"redirect_uri"`
	LogoutURI   string    `json:"backchannel_logout_uri"`
	upstream.Settings
}

func (a *API) showProvider(p upstream.Provider) ShownProvider {
	return ShownProvider{p.ID, p.Created, upstream.RedirectURI(a.issuer, p.ID), upstream.LogoutURI(a.issuer, p.ID), p.Settings}
}

func (a *API) providerRoutes() []route {
	const one = "/providers/{provider}"
	return []route{
		{
			method: "GET", path: "/providers", name: "listProviders", summary: "List the identity providers by which people may sign in",
			scope: admin.ProvidersRead, out: List[ShownProvider]{}, status: 200, act: a.listProviders,
		},
		{
			method: "POST", path: "/providers", name: "addProvider", summary: "Let people sign in by another provider",
			scope: admin.ProvidersWrite, in: NewProvider{}, out: ShownProvider{}, status: 201, created: true, etag: true, act: a.addProvider,
		},
		{
			method: "GET", path: one, name: "getProvider", summary: "Get a provider", scope: admin.ProvidersRead,
			out: ShownProvider{}, status: 200, etag: true, act: func(c *call) (answer, error) {
				found, version, err := a.desk.Provider(c.Context(), c.by, c.PathValue("provider"))
				return answer{status: 200, body: a.showProvider(found), version: version}, err
			},
		},
		{
			method: "PATCH", path: one, name: "changeProvider", summary: "Change a provider's settings", scope: admin.ProvidersWrite,
			in: ProviderSettings{}, out: ShownProvider{}, status: 200, etag: true, version: a.providerVersion, act: a.changeProvider,
		},
		{
			method: "DELETE", path: one, name: "deleteProvider", summary: "Delete a provider", scope: admin.ProvidersWrite,
			status: 204, version: a.providerVersion, act: func(c *call) (answer, error) {
				return answer{status: 204}, a.desk.DeleteProvider(c.Context(), c.by, c.PathValue("provider"), c.at)
			},
		},
	}
}

func (a *API) listProviders(c *call) (answer, error) {
	found, err := a.desk.Providers(c.Context(), c.by)
	shown := List[ShownProvider]{Items: make([]ShownProvider, len(found))}
	for i, one := range found {
		shown.Items[i] = a.showProvider(one)
	}
	return answer{status: 200, body: shown}, err
}

func (a *API) addProvider(c *call) (answer, error) {
	n, err := decode[NewProvider](c.body)
	if err != nil {
		return answer{}, err
	}
	settings := upstream.Settings{
		Name: cmp.Or(n.Name, n.ID), Kind: cmp.Or(n.Kind, upstream.OpenID), Issuer: n.Issuer, ClientID: n.ClientID,
		Auth: cmp.Or(n.Auth, oauth.ClientSecretBasic), Scope: n.Scope, Domains: n.Domains, Trust: n.Trust,
	}
	if len(n.Scope) == 0 {
		settings.Scope = oauth.Scope{oauth.OpenID, oauth.Profile, oauth.Email}
	}
	made, err := a.desk.AddProvider(c.Context(), c.by, n.ID, settings, n.Secret)
	if err != nil {
		return answer{}, err
	}
	shown, err := a.provider(c, made.ID)
	shown.status, shown.header = 201, http.Header{"Location": {a.location("providers", made.ID)}}
	return shown, err
}

// provider answers with a provider after an act that changed it.
func (a *API) provider(c *call, id string) (answer, error) {
	found, version, err := a.desk.ChangedProvider(c.Context(), c.by, id)
	return answer{status: 200, body: a.showProvider(found), version: version}, err
}

func (a *API) providerVersion(c *call) (string, error) {
	_, version, err := a.desk.ChangedProvider(c.Context(), c.by, c.PathValue("provider"))
	return version, err
}

func (a *API) changeProvider(c *call) (answer, error) {
	id := c.PathValue("provider")
	var said struct {
		Secret oauth.Secret `json:"client_secret"`
	}
	if err := json.Unmarshal(c.body, &said); err != nil {
		return answer{}, problem{invalid, "client_secret is text"}
	}
	err := a.desk.ChangeProvider(c.Context(), c.by, id, c.at, said.Secret, func(s *upstream.Settings) error {
		changed, err := patched(ProviderSettings{Settings: *s}, c.body)
		*s = changed.Settings
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return a.provider(c, id)
}
