package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestO45GuessesAreAPersonsNotASignIns: whoever knows a password has as many tries at codes
// however many sign-ins and browsers they begin.
func TestO45GuessesAreAPersonsNotASignIns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t) // three tries
		s.strict()
		phone, p := s.browser().installs()
		p.shows(t, "recovery-codes")
		time.Sleep(time.Minute)
		for n := range 4 {
			b := s.browser()
			p := b.types("alice", "first")
			code := "000000"
			if n == 3 {
				code = phone.next()
			}
			refused := b.press(p, "factor-form", "code", code)
			if locked := strings.Contains(refused.body, "too many attempts"); refused.StatusCode != http.StatusUnprocessableEntity || locked != (n == 3) {
				t.Errorf("try %d: got %d %s", n+1, refused.StatusCode, refused.body)
			}
		}
		time.Sleep(time.Hour)
		b := s.browser() // its person is not locked out for ever
		b.follow(b.press(b.types("alice", "first"), "factor-form", "code", phone.next())).answer()
	})
}

// TestO38ASessionGuessesNoPasswords: whoever has somebody's session has as many tries at
// the password as at the door, and not one more for another form, or another session.
func TestO38ASessionGuessesNoPasswords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openPost(t) // three tries
		b, other := s.browser(), s.browser()
		b.opens("/account", "carol")
		other.opens("/account", "carol")
		guess := func(b *browser, guess string) page {
			return b.press(b.get("/account/password"), "change-password-form", "current", guess, "password", newPassword)
		}
		guess(b, "not this one").shows(t, "account-error")
		b.press(b.get("/account/email"), "email-form", "email", "mallory@example.com", "password", "nor this").shows(t, "account-error")
		guess(other, "nor that").shows(t, "account-error")
		for name, p := range map[string]page{"one session": guess(b, password), "another": guess(other, password)} {
			if !strings.Contains(p.body, "Too many attempts") && !strings.Contains(p.body, "too many attempts") {
				t.Errorf("%s: got %s", name, p.body)
			}
		}
		time.Sleep(time.Hour) // and its person signs in again
		third := s.browser()
		third.opens("/account", "carol")
	})
}
