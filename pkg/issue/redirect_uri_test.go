package issue_test

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestO01RedirectURIsAreComparedByteForByte(t *testing.T) {
	s := open(t)
	for uri, good := range map[string]bool{
		callback:                                true,
		"https://app.example.com/other?a=b":     true,
		"HTTPS://app.example.com/callback":      false,
		"https://APP.example.com/callback":      false,
		"https://app.example.com/Callback":      false,
		"https://app.example.com/callback/":     false,
		"https://app.example.com/callback?":     false,
		"https://app.example.com/callback?x=y":  false,
		"https://app.example.com/callback#":     false,
		"https://app.example.com/callback#a":    false,
		"https://app.example.com/callback/../x": false,
		"https://app.example.com/%63allback":    false,
		"https://app.example.com/callback%2e":   false,
		"https://app.example.com:443/callback":  false,
		"https://a@app.example.com/callback":    false,
		"https://app.example.com@evil.example":  false,
		"https://app.example.com.evil.example/": false,
		"https://app.example.com/other":         false,
		"https://app.example.com/other?a=b&c=d": false,
		"https://app.example.com/other?a=B":     false,
		"https://app.example.com":               false,
		"http://app.example.com/callback":       false,
		" https://app.example.com/callback":     false,
		"/callback":                             false,
		"callback":                              false,
	} {
		s.redirects(t, webID, uri, good)
	}
}

func TestO01OnlyTheLoopbackPortMayVary(t *testing.T) {
	s := open(t)
	for uri, good := range map[string]bool{
		"http://127.0.0.1/callback":                   true,
		"http://127.0.0.1:49152/callback":             true,
		"http://127.0.0.1:80/callback":                true,
		"http://[::1]/callback?a=b":                   true,
		"http://[::1]:1/callback?a=b":                 true,
		"com.example.app:/callback":                   true,
		"http://127.0.0.1:49152/other":                false,
		"http://127.0.0.1:49152/callback?a=b":         false,
		"http://127.0.0.1:/callback":                  false,
		"http://127.0.0.1:123456/callback":            false,
		"http://127.0.0.1:80a/callback":               false,
		"http://127.0.0.1:80@evil.example/callback":   false,
		"http://127.0.0.1@evil.example/callback":      false,
		"http://127.0.0.1.evil.example/callback":      false,
		"http://127.0.0.1:80.evil.example/callback":   false,
		"http://127.0.0.10/callback":                  false,
		"http://127.0.0.2:49152/callback":             false,
		"http://localhost:49152/callback":             false,
		"http://[::1]:1/callback":                     false,
		"http://[::1%251]:1/callback?a=b":             false,
		"http://[0:0:0:0:0:0:0:1]:1/callback?a=b":     false,
		"https://127.0.0.1:49152/callback":            false,
		"HTTP://127.0.0.1:49152/callback":             false,
		"http://127.0.0.1:49152/callback#":            false,
		"https://app.example.com:49152/callback":      false,
		"com.example.app:49152/callback":              false,
		"com.example.app:/callback/":                  false,
		"http://127.0.0.1:80:80/callback":             false,
		"http://127.0.0.1:" + "٨٠" + "/callback":      false,
		"http://127.0.0.1:80\u2028/callback":          false,
		"http://127.0.0.1\\@evil.example:80/callback": false,
	} {
		s.redirects(t, nativeID, uri, good)
	}
}

// redirects holds that a good URI is taken and a bad one never gets an answer.
func (s *site) redirects(t *testing.T, clientID, uri string, good bool) {
	t.Helper()
	req, _, err := s.parse(clientID, "redirect_uri="+uri)
	if good {
		if err != nil || req.RedirectURI != uri {
			t.Errorf("%s: got %v", uri, err)
		}
		return
	}
	var refusal *issue.Refusal
	if code(err) != oauth.InvalidRequest || errors.As(err, &refusal) {
		t.Errorf("%s: got %T %v, want an error for the page", uri, err, err)
	}
}

func TestO02NoAnswerTravelsBeforeTheRedirectURIIsTrusted(t *testing.T) {
	s := open(t)
	for name, change := range map[string]string{
		"unknown client": "client_id=nobody", "no client": "client_id=",
		"foreign URI": "redirect_uri=https://evil.example.com", "no URI": "redirect_uri=",
		"a state that cannot be echoed": "state=" + strings.Repeat("a", 513),
	} {
		// Whatever else is wrong is found later.
		_, _, err := s.parse(webID, change, "response_type=token", "prompt=create", "request=x")
		var refusal *issue.Refusal
		if err == nil || errors.As(err, &refusal) {
			t.Errorf("%s: got %T %v", name, err, err)
		}
	}
}

func TestO34OnlyCodes(t *testing.T) {
	s := open(t)
	for _, kind := range []string{"token", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none", "CODE", "code "} {
		_, _, err := s.parse(webID, "response_type="+kind)
		wants(t, err, oauth.UnsupportedResponseType)
		var refusal *issue.Refusal
		if !errors.As(err, &refusal) {
			t.Errorf("%s: the client is not told", kind)
		}
	}
}

// FuzzRedirectURI: what is let through differs from what is registered by no more
// than the port of a loopback address.
func FuzzRedirectURI(f *testing.F) {
	s := open(f)
	_, client := s.ask(nativeID)
	for _, uri := range append(client.RedirectURIs, "http://127.0.0.1:49152/callback", "http://127.0.0.1:1@evil.example/callback") {
		f.Add(uri)
	}
	port := regexp.MustCompile(`^(http://(?:127\.0\.0\.1|\[::1\])):[0-9]{1,5}([/?]|$)`)
	f.Fuzz(func(t *testing.T, uri string) {
		values := url.Values{"client_id": {nativeID}, "redirect_uri": {uri}}
		p, err := oauth.ParseParams(values.Encode())
		if err != nil {
			return
		}
		_, _, err = s.issuer.ParseAuthorizationRequest(t.Context(), p)
		var refusal *issue.Refusal
		trusted := errors.As(err, &refusal) // and refused for what it lacks
		if trusted && !slices.Contains(client.RedirectURIs, uri) && !slices.ContainsFunc(client.RedirectURIs, func(known string) bool {
			return port.ReplaceAllString(known, "$1$2") == port.ReplaceAllString(uri, "$1$2")
		}) {
			t.Errorf("%q was let through", uri)
		}
	})
}
