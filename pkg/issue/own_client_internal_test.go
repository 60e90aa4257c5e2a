package issue

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzOwnPage: wherever a page that is taken leads, as whoever follows the link reads it,
// it is the issuer's and below the page's own path.
func FuzzOwnPage(f *testing.F) {
	for _, page := range []string{"/password", "/people/alice%40example.com", "//evil.example.com", "/../logout", "/%2e%2E/x", "/a?b=c", "/a#b", "@evil", "/\\evil", "/a%2f..%2fb", "/a/"} {
		f.Add(page)
	}
	const root = "https://id.example.com/tenant/account"
	base, err := url.Parse("https://id.example.com/tenant/authorize")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, page string) {
		if !isOwnPage(page) {
			return
		}
		led, err := base.Parse(OwnPage(AuthorizationRequest{RedirectURI: root, State: page}))
		if err != nil {
			t.Fatalf("%q cannot be followed: %v", page, err)
		}
		if led.Host != base.Host || led.Scheme != "https" || led.User != nil || led.RawQuery != "" || led.Fragment != "" ||
			!strings.HasPrefix(led.EscapedPath(), "/tenant/account/") {
			t.Errorf("%q leads to %s", page, led)
		}
		for segment := range strings.SplitSeq(led.Path, "/") { // what a browser takes for one is one (URL Standard §4.4)
			if segment == "." || segment == ".." {
				t.Errorf("%q goes up", page)
			}
		}
	})
}
