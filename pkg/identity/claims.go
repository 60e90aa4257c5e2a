package identity

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
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
	if err := checkControls(c); err != nil {
		return err
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

// checkChangedClaims is checkClaims where something has changed: who has a claim from
// before there was a rule can still be disabled. before is no StandardClaims, which hold
// pointers that a change may write through.
func checkChangedClaims(before members, after oauth.StandardClaims) error {
	if !differs(membersOf(after), before) {
		return nil
	}
	return checkClaims(after)
}

// checkControls refuses what a terminal, a log or a letter that shows a claim would obey
// instead of showing it. Only the two parts of an address that may have several lines have
// line breaks (OpenID Connect Core §5.1.1).
func checkControls(c oauth.StandardClaims) error {
	said := membersOf(c)
	delete(said, "address")
	if err := controlIn(said, ""); err != nil || c.Address == nil {
		return err
	}
	parts := *c.Address
	for _, lines := range []*string{&parts.Formatted, &parts.StreetAddress} {
		*lines = strings.ReplaceAll(strings.ReplaceAll(*lines, "\r\n", ""), "\n", "")
	}
	return controlIn(membersOf(parts), "address.")
}

func controlIn(said members, within string) error {
	for _, name := range slices.Sorted(maps.Keys(said)) {
		var text string
		if json.Unmarshal(said[name], &text) != nil {
			continue // a number or a truth
		}
		if at := strings.IndexFunc(text, unicode.IsControl); at >= 0 {
			control, _ := utf8.DecodeRuneInString(text[at:])
			return oauth.InvalidRequest.Errorf("%s%s has a control character, %U", within, name, control)
		}
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

// checkReachable refuses an identifier that is new and to which no URL leads, such as that
// of a page about it, or of the Admin API (RFC 3986 §5.2.4).
func checkReachable(member, s string) error {
	if s == "." || s == ".." {
		return oauth.InvalidRequest.Errorf("%s must not be %s, to which no URL leads", member, s)
	}
	return nil
}

func visibleASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
