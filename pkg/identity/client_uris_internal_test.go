package identity

import (
	"net/url"
	"strings"
	"testing"
)

// A redirect URI that is registered can stand in a Location header, and leads to
// https, to this machine, or to an app by its private scheme.
func FuzzRedirectURI(f *testing.F) {
	f.Add("https://app.example.com/back?a=b")
	f.Add("com.example.app:/back")
	f.Add("http://[::1%25lo]:80/")
	f.Fuzz(func(t *testing.T, uri string) {
		if redirectURIFault(uri) != "" {
			return
		}
		u, err := url.Parse(uri)
		if err != nil || u.User != nil || u.Fragment != "" || strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("%q was registered", uri)
		}
		switch u.Scheme {
		case "https":
		case "http":
			if h := u.Hostname(); h != "localhost" && h != "::1" && !strings.HasPrefix(h, "127.") && !strings.Contains(h, ":") {
				t.Errorf("%q was registered", uri)
			}
		default:
			if !strings.Contains(u.Scheme, ".") {
				t.Errorf("%q was registered", uri)
			}
		}
	})
}
