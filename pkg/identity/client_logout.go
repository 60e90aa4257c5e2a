package identity

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// checkLogout applies OpenID Connect Back-Channel Logout §2.2 and Front-Channel
// Logout §2. That the URIs are https is known by now.
func checkLogout(m oauth.ClientMetadata) error {
	for _, page := range []struct{ name, uri string }{
		{"backchannel_logout_uri", m.BackchannelLogoutURI},
		{"frontchannel_logout_uri", m.FrontchannelLogoutURI},
	} {
		u, err := url.Parse(page.uri)
		if err != nil || strings.Contains(page.uri, "#") || u.User != nil {
			return oauth.InvalidClientMetadata.Errorf("%s must have no fragment and no user name", page.name)
		}
	}
	// The page that signs a person out shows this one in a frame: it must not be
	// somebody else's than the client's.
	if m.FrontchannelLogoutURI != "" && !slices.ContainsFunc(m.RedirectURIs, func(uri string) bool {
		return sameOrigin(uri, m.FrontchannelLogoutURI)
	}) {
		return oauth.InvalidClientMetadata.Errorf("frontchannel_logout_uri must have the scheme, host and port of a redirect URI")
	}
	return nil
}

func sameOrigin(a, b string) bool {
	first, errA := url.Parse(a)
	second, errB := url.Parse(b)
	return errA == nil && errB == nil && first.Scheme == second.Scheme && strings.EqualFold(first.Host, second.Host)
}
