package pages_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// dangerous are the pages that demand a proof of a moment ago.
var dangerous = []string{"/account/password", "/account/security", "/account/data", "/account/delete"}

// A form is taken from the session that it was made for, and from no other: neither
// another site's, nor another person's in the same browser.
func TestO10AFormIsItsSessionsOwn(t *testing.T) {
	s := open(t)
	b, phone, stranger := s.browser(), s.browser(), s.browser()
	phone.opens("/account", "alice")
	foreign := stranger.opens("/account/sessions", "bob")
	p := b.opens("/account/sessions", "alice")
	for name, fields := range map[string][]string{
		"no token":           {"token", ""},
		"a made-up one":      {"token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
		"another browser's":  {"token", tokenIn(foreign)},
		"a part of the true": {"token", tokenIn(p)[:20]},
	} {
		refused := b.press(p, "sessions-form", fields...)
		if refused.shows(t, "error-page"); refused.StatusCode != http.StatusBadRequest || !strings.Contains(refused.body, "out of date") {
			t.Errorf("%s: got %d %s", name, refused.StatusCode, refused.body)
		}
	}
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.press(p, "sessions-form").shows(t, "error-page")
	b.header.Set("Sec-Fetch-Site", "same-origin")
	if phone.isOut() {
		t.Error("a form that was refused has done its work")
	}
	b.change(p, "sessions-form").does(t, "everywhere else")
}

func tokenIn(p page) string {
	_, rest, _ := strings.Cut(p.body, `name="token" value="`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// A token is made of what the browser alone has. Of one that has lost it, which browsers
// do when they are closed, nobody makes a token who knows the person and their session,
// as every client does.
func TestO10NobodyMakesATokenForABrowserThatWeDoNotKnow(t *testing.T) {
	s := open(t)
	b, phone := s.browser(), s.browser()
	phone.opens("/account", "alice")
	b.opens("/account", "alice")
	alice := s.account("alice")
	at, _ := url.Parse(issuer + "/")
	b.jar.SetCookies(at, []*http.Cookie{{Name: "__Host-ostiary-browser", Path: "/", MaxAge: -1, Secure: true}})
	sessions, err := identity.NewSessions(s.state, s.people, identity.SessionLimits{Idle: time.Hour, Absolute: time.Hour}).List(t.Context(), alice.ID)
	must(t, err)
	for _, session := range sessions {
		mac := hmac.New(sha256.New, nil)
		mac.Write([]byte("form\x00" + alice.ID + "\x00" + session.ID))
		b.post("/account/sessions", url.Values{"token": {base64.RawURLEncoding.EncodeToString(mac.Sum(nil))}})
	}
	if phone.isOut() {
		t.Error("a form without the browser's secret was taken")
	}
}

// Of two people in one browser, a page changes the account that it shows.
func TestAFormIsForThePersonWhoseAccountItShows(t *testing.T) {
	s := open(t)
	b, phone := s.browser(), s.browser()
	phone.opens("/account", "bob")
	s.browser().opens("/account", "alice")
	mine := b.opens("/account/sessions", "alice")
	p := b.roam(b.get(toOwn("ostiary-account", issuer+"/account", "prompt", "select_account")))
	p = b.roam(b.submit(p, "account", "another"))
	if p = b.roam(b.submit(p, "username", "bob", "password", password)); !strings.Contains(p.body, "Bob Example") {
		t.Fatalf("got %s", p.body)
	}
	b.press(mine, "sessions-form").shows(t, "error-page")
	if phone.isOut() {
		t.Error("alice's page has signed bob out")
	}
}

// What was ended in another window is over in this one.
func TestAFormOfAnEndedSessionChangesNothing(t *testing.T) {
	s := open(t)
	b, other := s.browser(), s.browser()
	p := b.opens("/account/password", "alice")
	other.opens("/account", "alice")
	other.change(other.get("/account/sessions"), "sessions-form")
	if answer := b.change(p, "change-password-form", "current", password, "password", newPassword); !strings.Contains(answer.body, "login-form") {
		t.Errorf("got %d %s", answer.StatusCode, answer.body)
	}
	s.browser().opens("/account", "alice") // by the password as it was
}

// Who finds a browser open must prove who they are before a change that would carry the
// account off, and before they see the page for it.
func TestO41DangerousChangesNeedAProofOfAMomentAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		b := s.browser()
		b.opens("/account", "alice")
		for _, path := range dangerous {
			b.get(path).shows(t, "account-sign-out")
		}
		time.Sleep(9 * time.Minute)
		p := b.get("/account/password")
		p.shows(t, "change-password-form")
		time.Sleep(2 * time.Minute)
		b.get("/account").shows(t, "account-page")
		for _, path := range dangerous {
			if again := b.roam(b.get(path)); !strings.Contains(again.body, "login-form") || !strings.Contains(again.body, `value="alice"`) {
				t.Errorf("%s: got %d %s", path, again.StatusCode, again.body)
			}
		}
		again := b.change(p, "change-password-form", "current", password, "password", newPassword)
		again.shows(t, "login-form")
		p = b.roam(b.submit(again, "username", "alice", "password", password))
		p.shows(t, "change-password-form")
		b.change(p, "change-password-form", "current", password, "password", newPassword).does(t, "changed")
	})
}

// A link cannot have the page say that something was done.
func TestThePageSaysWhatWasDoneAndNothingElse(t *testing.T) {
	b := open(t).browser()
	b.opens("/account", "alice")
	for _, path := range []string{"/account?done=password_changed", "/account?done=password_changed&seal=AAAA"} {
		if p := b.get(path); strings.Contains(p.body, "account-done") {
			t.Errorf("%s: got %s", path, p.body)
		}
	}
}
