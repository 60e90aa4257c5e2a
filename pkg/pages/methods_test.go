package pages_test

import (
	"net/http"
	"testing"
)

// HEAD is GET without the body, which the server leaves out; nobody is told by CORS
// headers that they may read a page (RFC 9110 §9.1, §9.3.2 and §15.5.6).
func TestDoorsTakeTheMethodsThatTheySay(t *testing.T) {
	s := open(t)
	stranger, alice := s.browser(), s.browser()
	alice.signIn("alice").answer()
	for path, allow := range map[string]string{
		"/authorize": "GET, HEAD, POST", "/sign-in": "GET, HEAD, POST", "/select-account": "GET, HEAD, POST",
		"/consent": "GET, HEAD, POST", "/logout": "GET, HEAD, POST", "/logout/confirm": "POST",
	} {
		for _, method := range []string{http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodTrace, "UNHEARD"} {
			stranger.header.Set("Origin", "https://app.example.com")
			p := stranger.send(method, path, nil)
			if p.StatusCode != http.StatusMethodNotAllowed || p.Header.Get("Allow") != allow || p.Header.Get("Access-Control-Allow-Origin") != "" ||
				p.Header.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s %s: got %d %v", method, path, p.StatusCode, p.Header)
			}
		}
	}
	for _, path := range []string{request("nobody"), "/sign-in?interaction=gone", "/logout"} {
		got, head := stranger.get(path), stranger.send(http.MethodHead, path, nil)
		if head.StatusCode != got.StatusCode || head.Header.Get("Content-Security-Policy") != got.Header.Get("Content-Security-Policy") ||
			head.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("HEAD %s: got %d, GET %d", path, head.StatusCode, got.StatusCode)
		}
	}
	if head := alice.send(http.MethodHead, request("first", "prompt", "none"), nil); !head.answer().Has("code") {
		t.Errorf("got %s", head.location())
	}
}

// What cannot travel in the mode asked for is for the person: OpenID Connect Core
// §3.1.2.6.
func TestAnUnknownResponseModeIsAPage(t *testing.T) {
	b := open(t).browser()
	for _, mode := range []string{"fragment", "web_message"} {
		p := b.get(request("first", "response_mode", mode))
		if p.shows(t, "error-page"); p.StatusCode != http.StatusBadRequest || p.location() != "" {
			t.Errorf("%s: got %d %s", mode, p.StatusCode, p.location())
		}
	}
}
