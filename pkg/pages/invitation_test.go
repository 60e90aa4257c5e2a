package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/pages"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// invites has somebody invited, and returns where their link leads.
func (s *site) invites(email string) string {
	s.t.Helper()
	letters, err := pages.OpenLetters(s.cfg)
	must(s.t, err)
	_, _, err = s.issuer.Invite(s.t.Context(), identity.NewUser{StandardClaims: oauth.StandardClaims{Email: email}}, "root", letters.Invitation())
	must(s.t, err)
	return s.linkIn(s.mails())
}

func TestAcceptAnInvitation(t *testing.T) {
	s := openPost(t) // SIGN_UP is closed
	b := s.browser()
	link := s.invites("jo@example.com")
	form := b.get(link)
	form.shows(t, "password-form")
	if p := b.submit(form, "password", "12345678", "name", "Jo <Example>"); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "guessed first") || !strings.Contains(p.body, "Jo &lt;Example&gt;") {
		t.Errorf("got %d %s", p.StatusCode, p.body)
	}
	done := b.submit(form, "password", newPassword, "name", "Jo Example")
	if done.shows(t, "invitation-done"); len(done.Cookies()) > 0 {
		t.Errorf("signed in: %v", done.Cookies())
	}
	jo, err := s.people.ByUsername(t.Context(), "jo@example.com")
	if err != nil || jo.Name != "Jo Example" || jo.EmailVerified == nil || !*jo.EmailVerified {
		t.Errorf("got %+v %v", jo, err)
	}
	for name, p := range map[string]page{"the button again": b.submit(form, "password", newPassword), "the link again": b.get(link)} {
		if p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "This invitation does not work any more") {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.body)
		}
	}
}

// O47: a scanner that opens the link, with or without its query, spends nothing.
func TestO47AScannerAcceptsNoInvitation(t *testing.T) {
	s := openPost(t)
	link := s.invites("jo@example.com")
	for range 3 {
		s.browser().get(link).shows(t, "password-form")
		s.browser().send(http.MethodHead, link, nil)
	}
	b := s.browser()
	b.submit(b.get(link), "password", newPassword).shows(t, "invitation-done")
}

// An invitation that another site's form accepts has a password that its owner does not
// know.
func TestAnInvitationIsAcceptedHere(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	form := b.get(s.invites("jo@example.com"))
	b.header.Set("Sec-Fetch-Site", "cross-site")
	if p := b.submit(form, "password", newPassword); p.StatusCode != http.StatusBadRequest {
		t.Errorf("got %d", p.StatusCode)
	}
}

func TestAWithdrawnInvitationHasItsPage(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	link := s.invites("jo@example.com")
	form := b.get(link)
	must(t, s.issuer.Withdraw(t.Context(), "jo@example.com"))
	for name, p := range map[string]page{
		"the button": b.submit(form, "password", newPassword), "the link": b.get(link),
		"no link": b.get("/invitation"), "another": b.get("/invitation?link=AAAAAAAAAAAAAAAAAAAAAA.B"),
	} {
		if p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "This invitation does not work any more") {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.body)
		}
	}
}

func TestSignUpByInvitation(t *testing.T) {
	s := openPost(t, "SIGN_UP=invited")
	s.invites("jo@example.com")
	b := s.browser()
	p := b.follow(b.get(request("first", "prompt", "create")))
	if !strings.Contains(p.body, "Accounts are for people who are invited") {
		t.Errorf("got %s", p.body)
	}
	unknown := b.wants(p, "stranger@example.com")
	if sent := s.mails(); len(sent) != 0 {
		t.Errorf("a stranger got %v", sent)
	}
	invited := b.wants(p, "jo@example.com")
	if unknown.body != invited.body || unknown.StatusCode != invited.StatusCode || !strings.Contains(invited.body, "If this address is invited") {
		t.Errorf("got %s, and %s", unknown.body, invited.body)
	}
	if !b.submit(b.get(s.linkIn(s.mails())), "password", newPassword).answer().Has("code") {
		t.Error("not signed in")
	}
}

// Initiating User Registration §4.1: create is advertised where somebody can sign up,
// and asked for elsewhere it is refused.
func TestPromptCreateInEveryMode(t *testing.T) {
	for mode, works := range map[string]bool{"closed": false, "invited": true, "domains": true, "open": true} {
		s := openPost(t, "SIGN_UP="+mode, "SIGN_UP_DOMAINS=example.com")
		b := s.browser()
		p := b.follow(b.get(request("first", "prompt", "create")))
		if works {
			p.shows(t, "signup-form")
		} else if p.answer().Get("error") != "invalid_request" {
			t.Errorf("%s: got %s", mode, p.location())
		}
	}
}

// Invitations are in the theme and the words of the pages, in the language of who is
// invited.
func TestTheLetterOfAnInvitation(t *testing.T) {
	cfg, err := config.FromMap(map[string]string{"ISSUER": issuer, "THEME_NAME": "Ostlund"})
	must(t, err)
	letters, err := pages.OpenLetters(cfg)
	must(t, err)
	for locale, want := range map[string]string{"": "You are invited to Ostlund", "fr": "rejoindre Ostlund", "xx": "You are invited"} {
		content, err := letters.Invitation()(issuer+"/invitation?link=a.b", locale)
		must(t, err)
		if !strings.Contains(content.Subject, want) || !strings.Contains(content.Text, issuer+"/invitation?link=a.b") || !strings.Contains(content.Text, "7") {
			t.Errorf("%q: got %s %s", locale, content.Subject, content.Text)
		}
	}
}

// TestO41SignUpIsNoWayRoundASecondFactor that a group demands into which somebody is
// invited, and who was invited could ask for a link of their own.
func TestO41SignUpIsNoWayRoundASecondFactor(t *testing.T) {
	s := openSignUp(t, "SIGN_UP=invited")
	_, err := s.people.AddGroup(t.Context(), identity.Group{Name: "staff", SecondFactor: true})
	must(t, err)
	person := identity.NewUser{Groups: []string{"staff"}, StandardClaims: oauth.StandardClaims{Email: "jo@example.com"}}
	_, _, err = s.issuer.Invite(t.Context(), person, "root", nil)
	must(t, err)
	b := s.browser()
	b.wants(b.get("/sign-up"), "jo@example.com")
	p := b.submit(b.get(s.linkIn(s.mails())), "password", newPassword)
	if p.shows(t, "signup-done"); !b.isOut() {
		t.Errorf("signed in by a password alone: %s", p.body)
	}
}

// TestO41AStolenSessionInvitesNobody: it would have an administrator of the thief's when it
// is long over.
func TestO41AStolenSessionInvitesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t).administers()
		b := s.browser()
		p := b.works("/admin/invite")
		time.Sleep(11 * time.Minute)
		p = b.acts(p, "invite-form", "invite", "email", "mallory@example.com", "groups", identity.Administrators)
		p.shows(t, "login-form")
		if open, _, err := s.issuer.Invitations(t.Context(), "", store.Page{}); err != nil || len(open) > 0 {
			t.Errorf("got %+v %v", open, err)
		}
	})
}
