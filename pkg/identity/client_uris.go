package identity

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// checkRedirectURIs applies RFC 6749 §3.1.2, RFC 8252 §7 and RFC 9700 §2.1.
func checkRedirectURIs(m oauth.ClientMetadata) error {
	for _, list := range []member{
		{"redirect_uris", m.RedirectURIs},
		{"post_logout_redirect_uris", m.PostLogoutRedirectURIs},
	} {
		for _, uri := range list.values {
			if fault := redirectURIFault(uri); fault != "" {
				return oauth.InvalidRedirectURI.Errorf("%s: %s %s", list.name, uri, fault)
			}
		}
	}
	return nil
}

// checkAnswerable keeps what an answer says out of the queries of new redirect URIs, which
// stay as they are (RFC 6749 §3.1.2): the client would find it twice, and might believe
// the other (RFC 6749 §3.1, RFC 9207 §2). So too state, which comes back from signing out
// (OpenID Connect RP-Initiated Logout §3). Those that were registered before stand.
func checkAnswerable(before, m oauth.ClientMetadata) error {
	for _, list := range []struct {
		member
		stood, answer []string
	}{
		{member{"redirect_uris", m.RedirectURIs}, before.RedirectURIs, []string{"code", "error", "error_description", "iss", "response", "state"}},
		{member{"post_logout_redirect_uris", m.PostLogoutRedirectURIs}, before.PostLogoutRedirectURIs, []string{"state"}},
	} {
		for _, uri := range list.values {
			u, fault := parseURI(uri)
			if fault != "" || slices.Contains(list.stood, uri) {
				continue
			}
			for _, name := range list.answer {
				if u.Query().Has(name) {
					return oauth.InvalidRedirectURI.Errorf("%s: %s has %s in its query, which the answer has, too", list.name, uri, name)
				}
			}
		}
	}
	return nil
}

func redirectURIFault(uri string) string {
	u, fault := parseURI(uri)
	if fault != "" {
		return fault
	}
	switch {
	case strings.Contains(uri, "#"): // RFC 6749 §3.1.2
		return "has a fragment"
	case u.User != nil:
		return "has a user name"
	case oauth.SecureURI(u): // RFC 8252 §7.3
		return ""
	case u.Scheme == "http" || u.Scheme == "https":
		return "must be https, or http on a loopback address"
	// A private scheme is a domain name reversed (RFC 8252 §7.1). The dot keeps out
	// javascript, data, vbscript and file, which a browser would run or open, and
	// whatever it learns next.
	case !strings.Contains(u.Scheme, "."):
		return "has a scheme that is neither https nor private with a dot in it, as com.example.app"
	}
	return ""
}

// checkPages wants https of what a page of ours shows, links or redirects to, and
// of what we may call.
func checkPages(m oauth.ClientMetadata) error {
	for _, page := range []struct{ name, uri string }{
		{"client_uri", m.ClientURI},
		{"logo_uri", m.LogoURI},
		{"policy_uri", m.PolicyURI},
		{"tos_uri", m.TosURI},
		{"initiate_login_uri", m.InitiateLoginURI},
		{"jwks_uri", m.JWKSURI},
		{"sector_identifier_uri", m.SectorIdentifierURI},
		{"backchannel_logout_uri", m.BackchannelLogoutURI},
		{"frontchannel_logout_uri", m.FrontchannelLogoutURI},
	} {
		if page.uri == "" {
			continue
		}
		u, fault := parseURI(page.uri)
		if fault != "" {
			return oauth.InvalidClientMetadata.Errorf("%s %s", page.name, fault)
		}
		if !oauth.SecureURI(u) {
			return oauth.InvalidClientMetadata.Errorf("%s must be https, or http on a loopback address", page.name)
		}
	}
	return nil
}

// checkResources wants a StringOrURI (RFC 7519 §2), for these stand in aud; a URI
// without a fragment (RFC 8707 §2).
func checkResources(m oauth.ClientMetadata) error {
	for _, list := range []member{{"resource", m.Resource}, {"audience", m.Audience}} {
		for _, identifier := range list.values {
			if identifier == "" || len(identifier) > maxResourceBytes || !visibleASCII(identifier) {
				return oauth.InvalidClientMetadata.Errorf("%s must have 1 to %d visible ASCII characters", list.name, maxResourceBytes)
			}
			if !strings.Contains(identifier, ":") {
				continue
			}
			if _, fault := parseURI(identifier); fault != "" || strings.Contains(identifier, "#") {
				return oauth.InvalidClientMetadata.Errorf("%s: %s must be an absolute URI without fragment", list.name, identifier)
			}
		}
	}
	return nil
}

// checkOrigins wants an origin as browsers write it (RFC 6454 §6.2), since it is
// compared byte for byte. null, which any sandboxed page can send, and * are none.
func checkOrigins(m oauth.ClientMetadata) error {
	for _, origin := range m.AllowedCORSOrigins {
		if !serialOrigin(origin) {
			return oauth.InvalidClientMetadata.Errorf("allowed_cors_origins: %s is no origin such as https://app.example.com", origin)
		}
	}
	return nil
}

func serialOrigin(s string) bool {
	u, fault := parseURI(s)
	return fault == "" && oauth.SecureURI(u) && u.Scheme+"://"+u.Host == s && strings.ToLower(s) == s &&
		!strings.HasSuffix(u.Host, ":") &&
		u.Scheme+u.Port() != "https443" && u.Scheme+u.Port() != "http80"
}

// parseURI returns an absolute URI, or what is wrong with it. Only what RFC 3986 §2
// allows in one gets through, so none holds a control character or a space.
func parseURI(s string) (*url.URL, string) {
	if len(s) > maxURIBytes {
		return nil, "is too long"
	}
	if !visibleASCII(s) || strings.ContainsAny(s, "\"<>\\^`{|}") {
		return nil, "holds characters that a URI may not have"
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return nil, "is no absolute URI"
	}
	if strings.Contains(u.Host, "*") { // it would look like a pattern and never match
		return nil, "has a wildcard"
	}
	return u, ""
}
