package pages_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TestO41HalfProvenIsNotSignedIn: a password alone opens nothing for who has another
// factor, and it waits for ten minutes.
func TestO41HalfProvenIsNotSignedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.strict()
		_, p := s.browser().installs()
		p.shows(t, "recovery-codes")
		time.Sleep(time.Minute)
		b := s.browser()
		p = b.types("alice", "first")
		p.shows(t, "factor-form")
		if cookie := b.cookieNamed("ostiary-session"); cookie != nil {
			t.Errorf("there is a session: %v", cookie)
		}
		if answer := b.get(request("first", "prompt", "none")).answer(); answer.Get("error") != "login_required" {
			t.Errorf("got %v", answer)
		}
		if p := b.get("/account"); p.StatusCode != http.StatusSeeOther {
			t.Errorf("the account page: got %d", p.StatusCode)
		}
		interaction := p.hidden("interaction")
		s.browser().get("/second-factor?interaction="+interaction).shows(t, "error-page") // in another browser
		time.Sleep(10 * time.Minute)
		b.follow(b.get("/second-factor?interaction="+interaction)).shows(t, "login-form")
	})
}

// TestO41NoFactorIsAddedRoundTheFirst: who has shown a password alone cannot add a
// factor of their own beside the one that they do not have.
func TestO41NoFactorIsAddedRoundTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.strict()
		owner := s.browser()
		_, p := owner.installs()
		p.shows(t, "recovery-codes")
		time.Sleep(time.Minute)
		thief := s.browser()
		p = thief.types("alice", "first")
		p.shows(t, "factor-form")
		for _, path := range []string{"/second-factor/add", "/second-factor/app", "/second-factor/passkey"} {
			thief.follow(thief.get(path+"?interaction="+p.hidden("interaction"))).shows(t, "factor-form")
			if p := thief.get(path); p.StatusCode != http.StatusSeeOther {
				t.Errorf("%s: got %d", path, p.StatusCode)
			}
		}
		before, err := s.factors.Of(t.Context(), s.account("alice").ID)
		must(t, err)
		// A form from before there was a factor does not help.
		offer, err := s.factors.OfferApp(t.Context(), s.account("alice").ID, oauth.Secret(thief.cookieNamed("ostiary-browser").Value))
		must(t, err)
		thief.post("/second-factor/app", url.Values{"interaction": {p.hidden("interaction")}, "offer": {offer.Sealed}, "code": {app(offer.Secret).code()}})
		if after, err := s.factors.Of(t.Context(), s.account("alice").ID); err != nil || *after.App != *before.App {
			t.Errorf("another app is there: %+v %v", after.App, err)
		}
	})
}

// TestO41AStolenSessionAddsNoFactor: a session of long ago, and one by a password alone of
// somebody who has a factor, lead to a sign-in first.
func TestO41AStolenSessionAddsNoFactor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.strict()
		b := s.browser()
		b.opens("/account", "alice")
		b.get("/second-factor/add").shows(t, "add-passkey")
		time.Sleep(10 * time.Minute)
		for _, path := range []string{"/second-factor/add", "/second-factor/app", "/second-factor/passkey", "/second-factor/recovery"} {
			b.roam(b.get(path)).shows(t, "login-form")
		}
		// So does the sign-in of a client that demands a factor.
		b.follow(b.get(request("strict"))).shows(t, "login-form")

		weak := s.browser()
		weak.opens("/account", "alice")
		_, p := s.browser().installs()
		p.shows(t, "recovery-codes")
		weak.roam(weak.get("/second-factor/passkey")).shows(t, "factor-form")
		weak.roam(weak.get("/second-factor/recovery")).shows(t, "factor-form")
	})
}

// TestO41StepUp: who is signed in shows the second factor alone, the session has a new
// secret, and the old one opens nothing.
func TestO41StepUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.strict()
		b := s.browser()
		p := b.types("alice", "first")
		b.says(p, "first", oauth.ACRPassword, "pwd")
		before := b.cookieNamed("ostiary-session").Value
		phone, p := s.browser().installs()
		p.shows(t, "recovery-codes")
		if answer := b.get(request("first")).answer(); answer.Get("code") == "" {
			t.Errorf("a session from before: got %v", answer)
		}
		if answer := b.get(request("first", "acr_values", oauth.ACRMultiFactor, "prompt", "none")).answer(); answer.Get("error") != "interaction_required" {
			t.Errorf("got %v", answer)
		}
		p = b.follow(b.get(request("first", "acr_values", "gold "+oauth.ACRMultiFactor)))
		p.shows(t, "factor-form")
		p = b.follow(b.press(p, "factor-form", "code", phone.next()))
		b.says(p, "first", oauth.ACRMultiFactor, "pwd", "otp", "mfa")
		thief := s.browser()
		thief.jar.SetCookies(mustURL(t, issuer), []*http.Cookie{{Name: "__Host-ostiary-session", Value: before, Secure: true, Path: "/"}})
		if answer := thief.get(request("first", "prompt", "none")).answer(); answer.Get("error") != "login_required" {
			t.Errorf("the session from before the step-up: got %v", answer)
		}
		essential := `{"id_token":{"acr":{"essential":true,"value":"` + oauth.ACRPassword + `"}}}`
		if claims, _ := b.tokens(b.get(request("first", "claims", essential)), "first"); claims["acr"] != oauth.ACRPassword {
			t.Errorf("the weaker class was demanded: got %v", claims["acr"])
		}
	})
}

// Who changes their mind in the middle goes on as whom they choose, and nothing is left
// of what was proved of another.
func TestO41AnotherAccountIsChosenInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.strict()
		_, p := s.browser().installs()
		p.shows(t, "recovery-codes")
		b := s.browser()
		b.types("bob", "first").answer()
		p = b.follow(b.get(request("first", "prompt", "select_account")))
		chosen := regexp.MustCompile(`name="account" value="([A-Z2-7]{26})"`).FindStringSubmatch(p.body)
		interaction := p.hidden("interaction")
		p = b.follow(b.submit(p, "account", "another"))
		b.follow(b.press(p, "login-form", "username", "alice", "password", password)).shows(t, "factor-form")
		p = b.follow(b.post("/select-account", url.Values{"interaction": {interaction}, "account": {chosen[1]}}))
		if claims, _ := b.tokens(p, "first"); claims["sub"] != s.account("bob").ID {
			t.Errorf("got %v", claims)
		}
	})
}

// TestO36ASecondFactorIsNoPassword: where a client wants the password typed once more, who
// has found a session and the app gets no further by the app alone.
func TestO36ASecondFactorIsNoPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.strict()
		b := s.browser()
		phone, p := b.installs()
		p.shows(t, "recovery-codes")
		for _, wish := range [][]string{{"prompt", "login"}, {"max_age", "0"}} {
			p = b.follow(b.get(request("first", wish...)))
			p.shows(t, "login-form")
			p = b.post("/second-factor", url.Values{"interaction": {p.hidden("interaction")}, "code": {phone.next()}})
			if !strings.HasPrefix(p.location(), "/sign-in?") {
				t.Errorf("%v: got %d %s", wish, p.StatusCode, p.location())
			}
		}
	})
}

// TestO41ASessionFromBeforeTheSecondFactor keeps what it was, but neither takes the factor
// away nor administers: whoever knew the password alone may have begun it.
func TestO41ASessionFromBeforeTheSecondFactor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t).administers()
		s.strict()
		weak := s.browser()
		account, desk := weak.opens("/account/profile", "alice"), weak.works("/admin/keys")
		phone, p := s.browser().installs()
		p.shows(t, "recovery-codes")
		for _, path := range []string{"/account/security", "/account/password", "/account/data", "/account/delete", "/admin", "/admin/keys"} {
			weak.roam(weak.get(path)).shows(t, "factor-form")
		}
		weak.roam(weak.post("/account/security", url.Values{"token": {tokenIn(account)}, "app": {"1"}})).shows(t, "factor-form")
		weak.roam(weak.post("/admin/keys", url.Values{"token": {tokenIn(desk)}, "act": {"rotate"}})).shows(t, "factor-form")
		if set, err := s.factors.Of(t.Context(), s.account("alice").ID); err != nil || set.App == nil {
			t.Fatalf("got %+v %v", set, err)
		}
		p = weak.roam(weak.get("/admin/keys"))
		weak.roam(weak.press(p, "factor-form", "code", phone.next())).shows(t, "keys-form")
		weak.get("/account/security").shows(t, "security-page")
	})
}

// TestO41AdministratorsInAGroupThatDemandsASecondFactor add it before they administer,
// whenever they signed in.
func TestO41AdministratorsInAGroupThatDemandsASecondFactor(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	b.works("/admin")
	_, err := s.people.UpdateGroup(t.Context(), identity.Administrators, func(g *identity.Group) error { g.SecondFactor = true; return nil })
	must(t, err)
	b.roam(b.get("/admin")).shows(t, "add-app")
}
