package verify

import (
	"net/url"
	"strings"
	"testing"
)

// Whatever address is given: its normal form is an address without query and
// fragment, is its own normal form, and leads to the same path as the given one does,
// but for its dot segments.
func FuzzTargetURI(f *testing.F) {
	for _, seed := range []string{
		"https://api.example.com/pets?x#y", "HTTPS://API.example.com:443/%70ets/../%7e%2f%zz", "http://[2001:db8::1]:80/a/./b/..",
		"https://api.example.com", "https://me@api.example.com/", "https://api.example.com/ü b%C3%BC",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		normal, err := targetURI(text)
		if err != nil {
			return
		}
		if again, err := targetURI(normal); err != nil || again != normal {
			t.Fatalf("%q becomes %q, and that %q, %v", text, normal, again, err)
		}
		given, errGiven := url.Parse(text)
		made, err := url.Parse(normal)
		if errGiven != nil || err != nil || made.RawQuery != "" || made.Fragment != "" || made.User != nil || made.Host == "" {
			t.Fatalf("%q becomes %q", text, normal)
		}
		if !strings.Contains(given.Path, "/.") && given.Path != made.Path && given.Path+"/" != made.Path {
			t.Fatalf("%q leads to %q, %q to %q", text, given.Path, normal, made.Path)
		}
	})
}
