package pages_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const afterLogout = "https://app.example.com/bye"

// idToken signs alice in at the client and returns her id_token.
func (b *browser) idToken(client string) string {
	b.t.Helper()
	answer := b.get(request(client)).answer()
	p := b.post("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback},
		"client_id": {client}, "code_verifier": {verifier},
	})
	var tokens struct {
		IDToken string `json:"id_token"`
	}
	must(b.t, json.Unmarshal([]byte(p.body), &tokens))
	return tokens.IDToken
}

func (b *browser) signedIn() bool {
	return b.get(request("first", "prompt", "none")).answer().Has("code")
}

func TestLogout(t *testing.T) {
	s := open(t)
	s.register("leaver", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.PostLogoutRedirectURIs = true, []string{afterLogout}
	})
	start := func() (*browser, string) {
		b := s.browser()
		b.signIn("alice").answer()
		return b, b.idToken("leaver")
	}
	t.Run("with a hint it is done at once", func(t *testing.T) {
		b, hint := start()
		p := b.get("/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {afterLogout}, "state": {"bye&"}}.Encode())
		if p.StatusCode != http.StatusSeeOther || p.location() != afterLogout+"?state=bye%26" {
			t.Errorf("got %d %s %s", p.StatusCode, p.location(), p.body)
		}
		if b.signedIn() {
			t.Error("still signed in")
		}
	})
	t.Run("without a hint the person is asked", func(t *testing.T) {
		b, _ := start()
		p := b.get("/logout")
		if p.shows(t, "logout-confirm"); !b.signedIn() {
			t.Fatal("signed out by a link")
		}
		p = b.submit(p)
		if p.shows(t, "logout-result"); !strings.Contains(p.body, "signed out") || b.signedIn() {
			t.Errorf("got %s", p.body)
		}
	})
	t.Run("another person's hint asks too", func(t *testing.T) {
		_, hint := start()
		b, _ := start()
		b.get("/logout?id_token_hint="+hint).shows(t, "logout-confirm")
	})
	t.Run("O02 an unregistered URI is not gone to", func(t *testing.T) {
		b, hint := start()
		p := b.get("/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {afterLogout + "?more"}}.Encode())
		if p.shows(t, "logout-result"); p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "post_logout_redirect_uri") || !b.signedIn() {
			t.Errorf("got %d %s", p.StatusCode, p.body)
		}
	})
	t.Run("who is not signed in has nothing to confirm", func(t *testing.T) {
		s.browser().get("/logout").shows(t, "logout-result")
	})
	t.Run("another site's confirmation is refused", func(t *testing.T) {
		b, _ := start()
		p := b.get("/logout")
		b.header.Set("Sec-Fetch-Site", "cross-site")
		b.submit(p).shows(t, "error-page")
		if !b.signedIn() {
			t.Error("signed out by another site")
		}
	})
}

func TestFrontChannelLogoutLoadsTheClientsFrames(t *testing.T) {
	s := open(t)
	s.register("framed", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.PostLogoutRedirectURIs = true, []string{afterLogout}
		m.FrontchannelLogoutURI = "https://app.example.com/front?x=1"
	})
	b := s.browser()
	b.signIn("alice").answer()
	hint := b.idToken("framed")
	p := b.get("/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {afterLogout}, "state": {"s"}}.Encode())
	p.shows(t, "logout-result")
	if !strings.Contains(p.body, `<iframe src="https://app.example.com/front?x=1&amp;iss=https%3A%2F%2Fid.example.com&amp;sid=`) {
		t.Errorf("no frame: %s", p.body)
	}
	if policy := p.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-src https://app.example.com;") {
		t.Errorf("got %s", policy)
	}
	if got := p.Header.Get("Refresh"); got != "5; url="+afterLogout+"?state=s" || !strings.Contains(p.body, `href="`+afterLogout+`?state=s"`) {
		t.Errorf("it leads to %q: %s", got, p.body)
	}
}

func TestFrontChannelLogoutLeadsOnToAnApp(t *testing.T) {
	s := open(t)
	const bye = "com.example.app:/bye"
	s.register("framed", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.PostLogoutRedirectURIs, m.FrontchannelLogoutURI = true, []string{bye}, "https://app.example.com/front"
	})
	b := s.browser()
	b.signIn("alice").answer()
	hint := b.idToken("framed")
	p := b.get("/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye}, "state": {`"<`}}.Encode())
	if p.shows(t, "logout-result"); !strings.Contains(p.body, `href="`+bye+`?state=%22%3C"`) {
		t.Errorf("got %s", p.body)
	}
}

// Scripts wait for the same words in every language; nobody else hears them twice.
func TestScriptsReadInEveryLanguageThatSomebodyIsSignedOut(t *testing.T) {
	b := open(t).browser()
	for _, locale := range issue.UILocales(config.Config{}) {
		p := b.get("/logout?ui_locales=" + locale)
		if p.shows(t, "logout-result"); !strings.Contains(p.body, ` lang="en" dir="ltr" aria-hidden="true">signed out<`) {
			t.Errorf("%s: got %s", locale, p.body)
		}
		p = b.get("/logout?post_logout_redirect_uri=https%3A%2F%2Felsewhere.example&ui_locales=" + locale)
		if p.shows(t, "logout-result"); !strings.Contains(p.body, `<html lang="`+locale) || !strings.Contains(p.body, "parameter post_logout_redirect_uri needs") {
			t.Errorf("%s: got %s", locale, p.body)
		}
	}
}
