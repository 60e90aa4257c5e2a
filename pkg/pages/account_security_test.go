package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// passkey gives somebody a passkey of this name.
func (s *site) passkey(who identity.User, name string) factor.Passkey {
	s.t.Helper()
	p, err := s.factors.AddPasskey(s.t.Context(), who.ID, factor.Passkey{ID: []byte(who.ID + name), PublicKey: []byte("a key"), Name: name})
	must(s.t, err)
	return p
}

// cameBy adds somebody who signs in by another provider alone, and has them signed in.
func (s *site) cameBy(b *browser, username, issuer string) identity.User {
	s.t.Helper()
	user, err := s.people.AddLinked(s.t.Context(), identity.NewUser{Username: username},
		identity.Linked{Issuer: issuer, Subject: "4711", Provider: "elsewhere", Name: "Carol There"})
	must(s.t, err)
	s.proves(b, user)
	return user
}

// proves has somebody signed in by two factors.
func (s *site) proves(b *browser, who identity.User) {
	s.t.Helper()
	sessions := identity.NewSessions(s.state, s.people, identity.SessionLimits{Idle: time.Hour, Absolute: time.Hour})
	_, handle, err := sessions.Begin(s.t.Context(), who, identity.Authentication{Time: time.Now(), ACR: oauth.ACRMultiFactor}, nil)
	must(s.t, err)
	at, _ := url.Parse("https://id.example.com/")
	b.jar.SetCookies(at, []*http.Cookie{{Name: "__Host-ostiary-session", Value: string(handle), Path: "/", Secure: true}})
}

func TestAPersonSeesTheirFactorsAndRemovesThem(t *testing.T) {
	s := open(t)
	b, stranger := s.browser(), s.browser()
	if p := b.opens("/account/security", "alice"); !strings.Contains(p.body, "security-none") || p.href("security-add") != "/second-factor/add" {
		t.Errorf("got %s", p.body)
	}
	alice := s.account("alice")
	blue := s.passkey(alice, "Blue <key>")
	_, err := s.factors.NewRecoveryCodes(t.Context(), alice.ID)
	must(t, err)
	s.proves(b, alice)
	p := b.get("/account/security")
	for _, want := range []string{"Blue &lt;key&gt;", "Codes that are left: 10", `href="/second-factor/recovery"`} {
		if !strings.Contains(p.body, want) {
			t.Errorf("no %s in %s", want, p.body)
		}
	}
	theirs := stranger.opens("/account/security", "bob")
	stranger.post("/account/security", url.Values{"token": {tokenIn(theirs)}, "passkey": {blue.Handle()}})
	if set, err := s.factors.Of(t.Context(), alice.ID); err != nil || len(set.Passkeys) != 1 {
		t.Errorf("bob has removed a passkey of alice: %+v %v", set, err)
	}
	b.change(p, "remove-passkey", "passkey", blue.Handle()).does(t, "It is removed")
	if set, err := s.factors.Of(t.Context(), alice.ID); err != nil || set.Any() || set.RecoveryCodes != 0 {
		t.Errorf("got %+v %v", set, err)
	}
	b.change(p, "remove-passkey", "passkey", blue.Handle()).does(t, "It is removed") // which the other window has done
}

func TestNobodyLocksThemselvesOut(t *testing.T) {
	s := open(t)
	b := s.browser()
	carol := s.cameBy(b, "carol@example.com", "https://elsewhere.example.com")
	p := b.get("/account/security")
	if !strings.Contains(p.body, "elsewhere (<bdi>Carol There</bdi>)") {
		t.Errorf("got %s", p.body)
	}
	unlink := p.value("linked")
	refused := b.press(p, "unlink", "linked", unlink)
	if refused.shows(t, "account-error"); refused.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(refused.body, "could not sign in any more") {
		t.Errorf("the last way: got %d %s", refused.StatusCode, refused.body)
	}
	blue := s.passkey(carol, "Blue key")
	b.change(p, "unlink", "linked", unlink).does(t, "It is removed")
	if last := b.press(b.get("/account/security"), "remove-passkey", "passkey", blue.Handle()); !strings.Contains(last.body, "could not sign in any more") {
		t.Errorf("the last passkey: got %d %s", last.StatusCode, last.body)
	}
	if p := b.get("/account/password"); strings.Contains(p.body, `id="current"`) {
		t.Errorf("a password that there is not is asked for: %s", p.body)
	}
	b.change(b.get("/account/password"), "change-password-form", "password", newPassword).does(t, "changed")
	b.change(b.get("/account/security"), "remove-passkey", "passkey", blue.Handle()).does(t, "It is removed")
}

// value is that of the page's first button of this name.
func (p page) value(name string) string {
	p.t.Helper()
	_, rest, _ := strings.Cut(p.body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// TestTheDataAndTheEndOfAnAccountCoverAllThatLiesWithIt: what else is kept of people one
// day is to be added to both.
func TestTheDataAndTheEndOfAnAccountCoverAllThatLiesWithIt(t *testing.T) {
	s := open(t)
	b := s.browser()
	carol := s.cameBy(b, "carol@example.com", "https://elsewhere.example.com")
	s.passkey(carol, "Blue key")
	_, err := s.factors.NewRecoveryCodes(t.Context(), carol.ID)
	must(t, err)
	_, err = s.people.Join(t.Context(), carol.ID, identity.Administrators)
	must(t, err)
	file := b.press(b.get("/account/data"), "data-form")
	for _, want := range []string{"Blue key", `"recovery_codes_left": 10`, "https://elsewhere.example.com", "4711", "administrators"} {
		if !strings.Contains(file.body, want) {
			t.Errorf("no %s in %s", want, file.body)
		}
	}
	b.press(b.get("/account/delete"), "delete-form", "username", "carol@example.com").shows(t, "account-deleted")
	if owner, err := s.factors.Owner(t.Context(), []byte(carol.ID+"Blue key")); err == nil {
		t.Errorf("the passkey is %s's still", owner)
	}
	if _, err := s.people.ByLinked(t.Context(), "https://elsewhere.example.com", "4711"); err == nil {
		t.Error("the identity elsewhere leads to somebody still")
	}
	if left, err := s.leftOf(carol.ID); err != nil || len(left) > 0 {
		t.Errorf("there is left %v %v", left, err)
	}
}
