package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// clientForm is what administrators change of a client. The rest of its metadata stay as
// they are; they are for the API and the command line.
type clientForm struct {
	ID, Version, Path                                 string
	Name, Redirects, PostLogout, Backchannel, Origins string
	Scope, Audience, Lifetime                         string
	SkipConsent, Redirecting                          bool
}

// showClientForm shows what can be changed of a client.
func (p *Pages) showClientForm(w http.ResponseWriter, v *visit, me administrator) error {
	client, version, err := p.desk.ChangedClient(v.Context(), me.by, v.PathValue("client"))
	if err != nil {
		return err
	}
	lifetime := ""
	if client.AccessTokenLifetime != 0 {
		lifetime = strconv.Itoa(client.AccessTokenLifetime)
	}
	return p.renderAdmin(w, v, me, clientForm{
		ID: client.ID, Version: v.typed("version", version), Path: "/clients/" + segment(client.ID),
		Name:      v.typed("name", client.ClientName),
		Redirects: v.typed("redirect_uris", lines(client.RedirectURIs)), PostLogout: v.typed("post_logout_redirect_uris", lines(client.PostLogoutRedirectURIs)),
		Backchannel: v.typed("backchannel_logout_uri", client.BackchannelLogoutURI), Origins: v.typed("allowed_cors_origins", lines(client.AllowedCORSOrigins)),
		Scope: v.typed("scope", client.Scope.String()), Audience: v.typed("audience", lines(client.Audience)),
		Lifetime: v.typed("access_token_lifetime", lifetime), SkipConsent: v.ticked("skip_consent", client.SkipConsent),
		Redirecting: client.Allows(oauth.AuthorizationCode),
	})
}

// changeClient changes a client as it was when the form was made.
func (p *Pages) changeClient(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	id := v.PathValue("client")
	version, err := seen(v)
	if err != nil {
		return outcome{}, err
	}
	_, err = p.desk.ChangeClient(v.Context(), me.by, id, version, func(m *oauth.ClientMetadata) error { return amend(m, v.params) })
	return outcome{"/clients/" + segment(id), "admin_client_changed"}, err
}

// amend writes what the form says into metadata.
func amend(m *oauth.ClientMetadata, form oauth.Params) error {
	scope, err := oauth.ParseScope(form.Get("scope"))
	if err != nil {
		return err
	}
	m.AccessTokenLifetime = 0
	if typed := strings.TrimSpace(form.Get("access_token_lifetime")); typed != "" {
		if m.AccessTokenLifetime, err = strconv.Atoi(typed); err != nil {
			return oauth.InvalidClientMetadata.Errorf("the lifetime of access tokens is a number of seconds, such as 600")
		}
	}
	m.ClientName, m.Scope, m.Audience = strings.TrimSpace(form.Get("name")), scope, strings.Fields(form.Get("audience"))
	if !slices.Contains(m.GrantTypes, oauth.AuthorizationCode) {
		return nil // the form asks for nothing about signing people in
	}
	return amendSignIn(m, form)
}

// amendSignIn is amend of how a client signs people in. A redirect URI that is new is
// looked at as at registration: one that stands was explained, or has its reasons.
func amendSignIn(m *oauth.ClientMetadata, form oauth.Params) error {
	redirects := strings.Fields(form.Get("redirect_uris"))
	for _, uri := range redirects {
		if slices.Contains(m.RedirectURIs, uri) {
			continue
		}
		if err := checkRedirect(m.ApplicationType, uri); err != nil {
			return err
		}
	}
	m.RedirectURIs, m.PostLogoutRedirectURIs = redirects, strings.Fields(form.Get("post_logout_redirect_uris"))
	m.AllowedCORSOrigins = strings.Fields(form.Get("allowed_cors_origins"))
	m.BackchannelLogoutURI, m.SkipConsent = strings.TrimSpace(form.Get("backchannel_logout_uri")), form.Get("skip_consent") != ""
	return nil
}
