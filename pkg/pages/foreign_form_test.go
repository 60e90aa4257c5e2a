package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// foreign posts a form as another site does: the browser keeps its cookies back, which are
// Lax, and takes what it is given.
func (b *browser) foreign(path string, form url.Values) page {
	b.t.Helper()
	other := b.site.browser()
	other.header = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example.com"}}
	p := other.post(path, form)
	here, err := url.Parse(issuer)
	must(b.t, err)
	b.jar.SetCookies(here, p.Cookies())
	return p
}

// TestO10ASiteSignsNobodyOut: nor does it take a browser's cookies away by a form, which
// comes without them, long or short.
func TestO10ASiteSignsNobodyOut(t *testing.T) {
	s := open(t)
	long := strings.Repeat("x", 5000)
	for name, form := range map[string]url.Values{
		"short": {"state": {"s"}}, "too long for a URL": {"x": {long}},
		"as if sent by us": {"bounced": {"1"}}, "long, as if sent by us": {"bounced": {"1"}, "x": {long}},
	} {
		b := s.browser()
		b.signIn("alice").answer()
		p := b.foreign("/logout", form)
		if !b.signedIn() || len(p.Cookies()) > 0 {
			t.Errorf("%s: got %d, %v", name, p.StatusCode, p.Cookies())
		}
		if p.StatusCode == http.StatusOK && strings.Contains(p.body, "logout-result") {
			t.Errorf("%s: somebody who is signed in is told that they are not: %s", name, p.body)
		}
	}
	if p := s.browser().get("/logout"); len(p.Cookies()) > 0 { // as in a frame of another site
		t.Errorf("a cookie was taken from who sent none: %v", p.Cookies())
	}
}

// TestALongFormOfAClientFindsWhoIsSignedIn, who would not be asked by a short one, either.
func TestALongFormOfAClientFindsWhoIsSignedIn(t *testing.T) {
	s := open(t)
	b := s.browser()
	b.signIn("alice").answer()
	form, err := url.ParseQuery(strings.TrimPrefix(request("first", "x", strings.Repeat("x", 5000)), "/authorize?"))
	must(t, err)
	p := b.foreign("/authorize", form)
	p.shows(t, "response-form")
	if answer := b.submit(p).answer(); !answer.Has("code") || answer.Get("state") != "a state" {
		t.Errorf("got %v", answer)
	}
	nobody := s.browser()
	if p := nobody.follow(nobody.submit(nobody.post("/authorize", form))); !strings.Contains(p.body, `id="password"`) {
		t.Errorf("who is not signed in is sent around: got %d %s", p.StatusCode, p.body)
	}
	p = b.foreign("/logout", url.Values{"x": {strings.Repeat("x", 5000)}})
	b.submit(p).shows(t, "logout-confirm")
	if !b.signedIn() {
		t.Error("signed out by a form")
	}
}

// TestAFormOfAClientIsSentAgainWholeOrNotAtAll: a semicolon separates fields for some and
// not for others, and what was lost on the way would be asked for by nobody.
func TestAFormOfAClientIsSentAgainWholeOrNotAtAll(t *testing.T) {
	s := open(t)
	r := httptest.NewRequest(http.MethodPost, issuer+"/authorize", strings.NewReader(strings.TrimPrefix(request("first"), "/authorize?")+"&prompt=none;login"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
		t.Errorf("got %d %s", w.Code, w.Header().Get("Location"))
	}
}

// TestO10AnAnswerToAClientIsNoFormOfOurs, although our own page posts it, with all cookies,
// to wherever the client is registered: that may be a door of ours.
func TestO10AnAnswerToAClientIsNoFormOfOurs(t *testing.T) {
	s := open(t)
	doors := []string{"/logout/confirm", "/second-factor/recovery", "/account/profile", "/sign-in", "/consent"}
	s.register("parasite", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.RedirectURIs = true, nil
		for _, door := range doors {
			m.RedirectURIs = append(m.RedirectURIs, issuer+door)
		}
	})
	b := s.browser()
	b.signIn("alice").answer()
	for _, door := range doors {
		for _, scope := range []string{"openid", "unheard-of"} { // an answer, and a refusal
			p := b.get(request("parasite", "redirect_uri", issuer+door, "response_mode", "form_post", "prompt", "none", "scope", scope))
			p.shows(t, "response-form")
			p = b.submit(p)
			if p.shows(t, "error-detail"); !strings.Contains(p.body, "an answer to a client") || !b.signedIn() {
				t.Errorf("%s, %s: got %d %s", door, scope, p.StatusCode, p.body)
			}
		}
	}
}
