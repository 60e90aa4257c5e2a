package identity

import (
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const (
	maxClaimsBytes     = 16 << 10
	maxIdentifierBytes = 255 // of a sub: OpenID Connect Core §2
)

// checkClaims refuses what OpenID Connect Core §5.1 gives a form and has not got it.
func checkClaims(c oauth.StandardClaims) error {
	if encoded, err := json.Marshal(c); err != nil || len(encoded) > maxClaimsBytes {
		return oauth.InvalidRequest.Errorf("the claims are longer than %d bytes", maxClaimsBytes)
	}
	for _, link := range []struct{ claim, url string }{
		{"profile", c.Profile},
		{"picture", c.Picture},
		{"website", c.Website},
	} {
		if link.url != "" && !webURL(link.url) {
			return oauth.InvalidRequest.Errorf("%s is no http or https URL", link.claim)
		}
	}
	if c.Email != "" && !mailAddress(c.Email) {
		return oauth.InvalidRequest.Errorf("email is no mail address")
	}
	return nil
}

// webURL is what a page may link to: javascript and data URLs would run there.
func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// mailAddress asks for something before and after the last @, without white space,
// control characters or what separates several addresses.
func mailAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && len(s) <= 254 && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(",;<>()", r) })
}

// checkIdentifier asks for printable ASCII without spaces in a sub or a client_id.
func checkIdentifier(member, s string) error {
	if s == "" || len(s) > maxIdentifierBytes || !visibleASCII(s) {
		return oauth.InvalidRequest.Errorf("%s must have 1 to %d visible ASCII characters", member, maxIdentifierBytes)
	}
	return nil
}

func visibleASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
