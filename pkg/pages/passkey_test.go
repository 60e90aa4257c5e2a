package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/authenticator"
)

// A passkey that verifies its user is all that a sign-in needs, and it is the second
// factor of one by password.
func TestSignInByPasskey(t *testing.T) {
	s := open(t)
	s.strict()
	b, d := s.browser(), authenticator.New(t, issuer)
	b.opens("/account", "alice")
	b.enrols(d).shows(t, "recovery-codes")
	if set, err := s.factors.Of(t.Context(), s.account("alice").ID); err != nil || len(set.Passkeys) != 1 || set.Passkeys[0].Name != "Blue key" || set.RecoveryCodes != 10 {
		t.Errorf("got %+v %v", set, err)
	}
	alone := s.browser()
	p := alone.follow(alone.get(request("strict")))
	p = alone.follow(alone.press(p, "passkey-form", "credential", d.Get(p.options())))
	alone.says(p, "strict", oauth.ACRMultiFactor, "hwk", "user", "mfa")

	second := s.browser()
	p = second.types("alice", "first")
	p.shows(t, "passkey-form")
	d.Verifies = false // which a password makes up for
	p = second.follow(second.press(p, "passkey-form", "credential", d.Get(p.options())))
	second.says(p, "first", oauth.ACRMultiFactor, "pwd", "hwk", "mfa")
}

// TestO46OnThePages: what a passkey signs is for one request, in one browser, once.
func TestO46OnThePages(t *testing.T) {
	s := open(t)
	b, d := s.browser(), authenticator.New(t, issuer)
	d.Count = 0 // so that the count is not what refuses
	b.opens("/account", "alice")
	b.enrols(d).shows(t, "recovery-codes")
	alice := s.account("alice")
	begin := func() (*browser, page) {
		b := s.browser()
		return b, b.follow(b.get(request("first")))
	}
	refused := func(name string, p page) {
		t.Helper()
		if p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, `id="login-error"`) {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.location())
		}
	}
	one, p := begin()
	answer := d.Get(p.options())
	other, q := begin()
	refused("for another request", other.press(q, "passkey-form", "credential", answer))
	one.follow(one.press(p, "passkey-form", "credential", answer)).answer()
	once, p := begin()
	answer = d.Get(p.options())
	d.Origin = "https://evil.example"
	refused("of another origin", once.press(p, "passkey-form", "credential", d.Get(p.options())))
	refused("for a challenge that is spent", once.press(p, "passkey-form", "credential", answer))
	d.Origin = issuer
	unverified, p := begin()
	d.Verifies = false
	refused("without user verification", unverified.press(p, "passkey-form", "credential", d.Get(p.options())))
	d.Verifies = true
	must(t, s.people.Disable(t.Context(), alice.ID))
	disabled, p := begin()
	refused("of who may not sign in", disabled.press(p, "passkey-form", "credential", d.Get(p.options())))
}

// TestO46ASecondFactorOfSomebodyElse is refused, who has shown a password of their own.
func TestO46ASecondFactorOfSomebodyElse(t *testing.T) {
	s := open(t)
	alices, bobs := authenticator.New(t, issuer), authenticator.New(t, issuer)
	for username, d := range map[string]*authenticator.Device{"alice": alices, "bob": bobs} {
		b := s.browser()
		b.opens("/account", username)
		b.enrols(d).shows(t, "recovery-codes")
	}
	b := s.browser()
	p := b.types("alice", "first")
	if p = b.press(p, "passkey-form", "credential", bobs.Get(p.options())); p.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("bob's passkey passed for alice's: %d %s", p.StatusCode, p.location())
	}
	if p = b.follow(b.press(p, "passkey-form", "credential", alices.Get(p.options()))); p.answer().Get("code") == "" {
		t.Errorf("got %d", p.StatusCode)
	}
}

// The challenge to a passkey that is added is good for ten minutes, in one browser.
func TestO46AnOfferOfAPasskeyIsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		b, d := s.browser(), authenticator.New(t, issuer)
		b.opens("/account", "alice")
		p := b.get("/second-factor/passkey")
		answer := d.Create(p.options())
		other := s.browser()
		other.opens("/account", "alice")
		mine := other.get("/second-factor/passkey")
		mine.body = strings.ReplaceAll(mine.body, mine.hidden("offer"), p.hidden("offer"))
		if q := other.submit(mine, "credential", answer, "name", "Key"); q.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("in another browser: got %d", q.StatusCode)
		}
		time.Sleep(9 * time.Minute)
		if q := b.submit(p, "credential", answer, "name", " "); q.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("without a name: got %d", q.StatusCode)
		}
		b.submit(p, "credential", answer, "name", "Key").shows(t, "recovery-codes")
	})
}

// Where no passkey can be, nothing is offered.
func TestNoPasskeysAtAnAddress(t *testing.T) {
	s := open(t, "ISSUER=http://127.0.0.1:8080")
	b := s.browser()
	p := b.follow(b.get(request("first")))
	p.shows(t, "login-form")
	if strings.Contains(p.body, "passkey") || strings.Contains(p.Header.Get("Content-Security-Policy"), "script-src") {
		t.Errorf("got %s %s", p.Header.Get("Content-Security-Policy"), p.body)
	}
}
