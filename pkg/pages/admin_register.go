package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// registerView is the short form of a client.
type registerView struct {
	Kinds                      []string
	Kind                       string
	ID, Name, Redirects        string // as they were typed
	Scope, Audience            string
	Redirecting, ActingForSelf bool
}

// clientKinds are the kinds of clients, each of which has settings that are good for it.
func clientKinds() []string { return []string{"server", "spa", "native", "machine"} }

// showRegister shows the form for a kind of client.
func (p *Pages) showRegister(w http.ResponseWriter, v *visit, me administrator) error {
	view := registerView{
		Kinds: clientKinds(), Kind: v.params.Get("kind"), ID: v.typed("client_id", ""), Name: v.typed("name", ""),
		Redirects: v.typed("redirect_uris", ""), Scope: v.typed("scope", ""), Audience: v.typed("audience", ""),
	}
	if !slices.Contains(view.Kinds, view.Kind) {
		view.Kind = view.Kinds[0]
	}
	view.ActingForSelf = view.Kind == "machine"
	view.Redirecting = !view.ActingForSelf
	return p.renderAdmin(w, v, me, view)
}

// registerClient registers a client and shows what its developer needs, its secret among
// it, once.
func (p *Pages) registerClient(w http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	scope, err := oauth.ParseScope(v.params.Get("scope"))
	if err != nil {
		return outcome{}, err
	}
	kind, redirects := v.params.Get("kind"), strings.Fields(v.params.Get("redirect_uris"))
	for _, uri := range redirects {
		if err := checkRedirect(kind, uri); err != nil {
			return outcome{}, err
		}
	}
	r := identity.Registration{ID: strings.TrimSpace(v.params.Get("client_id")), ClientMetadata: metadataOf(kind, redirects, scope)}
	r.ClientName, r.Audience = strings.TrimSpace(v.params.Get("name")), strings.Fields(v.params.Get("audience"))
	client, secret, err := p.desk.AddClient(v.Context(), me.by, r)
	if err != nil {
		return outcome{}, err
	}
	return outcome{}, p.newClientSecret(w, v, me, client.ID, secret)
}

// metadataOf are the settings that are good for a kind of client (RFC 9700 §2.1, RFC 8252
// §6): all that sign people in use the code flow with PKCE; whoever could not keep a
// secret has none.
func metadataOf(kind string, redirects []string, scope oauth.Scope) oauth.ClientMetadata {
	m := oauth.ClientMetadata{RedirectURIs: redirects, Scope: scope, GrantTypes: []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken}}
	if len(scope) == 0 && kind != "machine" {
		m.Scope = oauth.Scope{oauth.OpenID, oauth.Profile, oauth.Email, oauth.OfflineAccess}
	}
	switch kind {
	case "spa":
		m.TokenEndpointAuthMethod, m.GrantTypes = oauth.NoAuth, []oauth.GrantType{oauth.AuthorizationCode}
		m.Scope = slices.DeleteFunc(m.Scope, func(token string) bool { return token == oauth.OfflineAccess })
		for _, uri := range redirects {
			if origin := originOf(uri); origin != "" && !slices.Contains(m.AllowedCORSOrigins, origin) {
				m.AllowedCORSOrigins = append(m.AllowedCORSOrigins, origin) // it asks /token from there
			}
		}
	case "native":
		m.TokenEndpointAuthMethod, m.ApplicationType = oauth.NoAuth, "native"
	case "machine":
		m.TokenEndpointAuthMethod, m.GrantTypes = oauth.ClientSecretBasic, []oauth.GrantType{oauth.ClientCredentials}
	default:
		m.TokenEndpointAuthMethod = oauth.ClientSecretBasic
	}
	return m
}

func originOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// checkRedirect explains the mistakes that are made most, before the rules that every
// client keeps refuse them shortly.
func checkRedirect(kind, uri string) error {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "" || !strings.Contains(uri, ":"):
		return oauth.InvalidRedirectURI.Errorf("%s is no whole address: it begins with https://, and is what the application sends, byte for byte", uri)
	case u.Host == "" && u.Opaque != "" && strings.Contains(u.Scheme, "."), u.Scheme == "localhost":
		return oauth.InvalidRedirectURI.Errorf("%s has no https:// before the host's name", uri)
	case strings.Contains(uri, "#"):
		return oauth.InvalidRedirectURI.Errorf("%s has a fragment, the part from # on: the code comes in the query, so leave it out", uri)
	case strings.Contains(uri, "*"):
		return oauth.InvalidRedirectURI.Errorf("%s has a wildcard: addresses are compared byte for byte, so give each of them by itself", uri)
	case u.Scheme == "http" && !oauth.SecureURI(u):
		return oauth.InvalidRedirectURI.Errorf("%s is sent in clear, so that anybody on the way reads the code: use https", uri)
	case kind != "native" && u.Scheme != "https" && u.Scheme != "http":
		return oauth.InvalidRedirectURI.Errorf("%s has a scheme of its own, which only a native application can be called by: choose that kind when you register it", uri)
	}
	return nil
}
