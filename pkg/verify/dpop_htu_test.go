package verify_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// RFC 9449 §4.3, step 9: addresses are compared after normalization (RFC 3986 §6.2.2
// and §6.2.3), so that no honest client is refused, and by nothing looser.
func TestO19AddressOfAProof(t *testing.T) {
	signer := josetest.New(oauth.EdDSA)
	for name, c := range map[string]struct {
		htu, asked string
		good       bool
	}{
		"scheme and host in capitals":     {"HTTPS://API.Example.COM/pets", pets, true},
		"the standard port":               {"https://api.example.com:443/pets", pets, true},
		"the standard port of http":       {"http://localhost:80/pets", "http://localhost/pets", true},
		"an empty port":                   {"https://api.example.com:/pets", pets, true},
		"a needless encoding":             {"https://api.example.com/%70ets", pets, true},
		"an encoding in small letters":    {"https://api.example.com/%e2%82%ac", "https://api.example.com/%E2%82%AC", true},
		"as an event decoded it":          {"https://api.example.com/a%20b/%E2%82%AC", "https://api.example.com/a b/€", true},
		"dot segments":                    {"https://api.example.com/a/./b/../../pets", pets, true},
		"a dot at the end":                {"https://api.example.com/pets/.", "https://api.example.com/pets/", true},
		"no path":                         {"https://api.example.com", "https://api.example.com/", true},
		"a query, no path":                {"https://api.example.com?x", "https://api.example.com/", true},
		"sub-delimiters":                  {"https://api.example.com/a;b=c,d:e@f", "https://api.example.com/a;b=c,d:e@f", true},
		"IPv6":                            {"https://[2001:DB8::1]/pets", "https://[2001:db8::1]:443/pets", true},
		"another port":                    {"https://api.example.com:8443/pets", pets, false},
		"http on another port":            {"http://localhost:8080/pets", "http://localhost/pets", false},
		"https's port by http":            {"http://localhost:443/pets", "http://localhost/pets", false},
		"letters are no encoding":         {"https://api.example.com/xab", "https://api.example.com/%AB", false},
		"http's port by https":            {"https://api.example.com:80/pets", pets, false},
		"an encoded slash is no slash":    {"https://api.example.com/a%2Fb", "https://api.example.com/a/b", false},
		"an encoded semicolon is none":    {"https://api.example.com/a%3Bb", "https://api.example.com/a;b", false},
		"an encoded question mark":        {"https://api.example.com/pets%3Fx", pets, false},
		"a slash more at the end":         {"https://api.example.com/pets/", pets, false},
		"two slashes":                     {"https://api.example.com//pets", pets, false},
		"a path in capitals":              {"https://api.example.com/Pets", pets, false},
		"it only begins alike":            {"https://api.example.com/petshop", pets, false},
		"a host that only begins alike":   {"https://api.example.com.evil.example.com/pets", pets, false},
		"a name before the host":          {"https://api.example.com@evil.example.com/pets", pets, false},
		"a name before the right host":    {"https://me@api.example.com/pets", pets, false},
		"no server":                       {"https:///pets", pets, false},
		"no server, twice":                {"https:///pets", "https:///pets", false},
		"opaque":                          {"https:api.example.com/pets", pets, false},
		"relative to the scheme":          {"//api.example.com/pets", pets, false},
		"another scheme":                  {"ftp://api.example.com/pets", "ftp://api.example.com/pets", false},
		"nothing, twice":                  {"", "", false},
		"a control character":             {"https://api.example.com/\\u0000pets", pets, false},
		"half an encoding is what it is":  {"https://api.example.com/%7", "https://api.example.com/%257", false},
		"half an encoding at either side": {"https://api.example.com/%zz", "https://api.example.com/%zz", false},
	} {
		asked := proven(signer, prove(signer, proofClaims(t, change{"htu": `"` + c.htu + `"`})))
		asked.URL = c.asked
		if _, err := newProofs(t).Verify(t.Context(), asked); c.good != (err == nil) || !c.good && !oauth.InvalidDPoPProof.In(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
