package pages

import (
	"strings"
	"testing"
)

// What a client registered cannot end a rule of the policy and begin another.
func TestO28APolicyHoldsWhatItWasGiven(t *testing.T) {
	for name, c := range map[string]struct {
		allowed     policy
		want, never string
	}{
		"an image without its query":    {policy{images: []string{"https://a.example/l.png?x=1;script-src *"}}, "img-src https://a.example/l.png;", "script-src"},
		"a path that ends a rule":       {policy{images: []string{"https://a.example/a;script-src b"}}, "img-src https://a.example/a%3Bscript-src%20b;", "; script-src"},
		"a host that ends a rule":       {policy{images: []string{"https://a;script-src/x"}, frames: []string{"https://a;script-src"}}, "form-action 'self'", "script-src"},
		"a host that is all hosts":      {policy{frames: []string{"https://*"}}, "form-action 'self'", "frame-src"},
		"a frame's origin":              {policy{frames: []string{"https://a.example:8443/x?y"}}, "frame-src https://a.example:8443;", "?y"},
		"nothing":                       {policy{}, "form-action 'self'", "img-src"},
		"a web client":                  {leadingTo("https://a.example/cb"), "form-action 'self' https:", "http:;"},
		"an app":                        {leadingTo("com.example.app:/cb"), "form-action 'self' com.example.app:", "https:"},
		"a loopback address, version 6": {leadingTo("http://[::1]:9/cb"), "form-action 'self' http: https:", "["},
	} {
		got := c.allowed.header("style")
		if !strings.Contains(got, c.want) || strings.Contains(got, c.never) {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
