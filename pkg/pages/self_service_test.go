package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const newPassword = "a crumb of moonlight"

// openPost is a site that sends mail, where carol has an address that she has not
// confirmed yet.
func openPost(t testing.TB, settings ...string) *site {
	s := open(t, append([]string{"MAIL=ses", "MAIL_FROM=no-reply@example.com", "THEME_NAME=Example"}, settings...)...)
	_, err := s.people.Add(t.Context(), identity.NewUser{
		Username: "carol", Password: password, StandardClaims: oauth.StandardClaims{Email: "carol@example.com"},
	})
	must(t, err)
	return s
}

// mails drains the outbox and returns what was sent by it.
func (s *site) mails() []mail.Laid {
	s.t.Helper()
	before := len(s.tray.List())
	report, err := s.drain(s.t.Context())
	if err != nil || report.Failed+report.Dead > 0 {
		s.t.Fatalf("got %+v %v", report, err)
	}
	all := s.tray.List()
	return all[:len(all)-before]
}

// linkIn is the path of the one mail's link.
func (s *site) linkIn(mails []mail.Laid) string {
	s.t.Helper()
	if len(mails) != 1 {
		s.t.Fatalf("got %d mails, want one", len(mails))
	}
	link := regexp.MustCompile(`(?m)^https://\S+$`).FindString(mails[0].Text)
	if !strings.HasPrefix(link, issuer+"/") || !strings.Contains(mails[0].HTML, `href="`+strings.ReplaceAll(link, "&", "&amp;")+`"`) {
		s.t.Fatalf("got the link %q in %s", link, mails[0].HTML)
	}
	return link
}

// asks has the browser ask for another password.
func (b *browser) asks(username string) page {
	b.t.Helper()
	p := b.submit(b.get("/reset"), "username", username)
	p.shows(b.t, "reset-sent")
	return p
}

func TestResetFromTheSignInPage(t *testing.T) {
	s := openPost(t)
	elsewhere, b := s.browser(), s.browser()
	elsewhere.signIn("carol").answer()
	p := b.follow(b.get(request("first")))
	p.shows(t, "forgot-password")
	forgot := regexp.MustCompile(`id="forgot-password" href="([^"]*)"`).FindStringSubmatch(p.body)
	p = b.submit(b.get(forgot[1]), "username", "Carol")
	p.shows(t, "reset-sent")
	sent := s.mails()
	link := s.linkIn(sent)
	if sent[0].To.String() != "carol@example.com" || sent[0].Subject != "Choose a new password for Example" {
		t.Errorf("got %s to %s", sent[0].Subject, sent[0].To)
	}
	p = b.submit(b.get(link), "password", newPassword)
	p.shows(t, "password-done")
	if cookies := p.Cookies(); len(cookies) > 0 {
		t.Errorf("a link signs nobody in: %v", cookies)
	}
	if told := s.mails(); len(told) != 1 || told[0].To.String() != "carol@example.com" || !strings.Contains(told[0].Subject, "was changed") {
		t.Errorf("the person was told %v", told)
	}
	if p := elsewhere.get(request("first", "prompt", "none")); p.answer().Get("error") != "login_required" {
		t.Errorf("a session outlives the password: %s", p.location())
	}
	next := regexp.MustCompile(`id="continue" href="([^"]*)"`).FindStringSubmatch(p.body)
	if next == nil {
		t.Fatalf("nowhere to go on: %s", p.body)
	}
	if p := b.submit(b.get(next[1]), "username", "carol", "password", password); p.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the password of before: got %d", p.StatusCode)
	}
	if p := b.submit(b.get(next[1]), "username", "carol", "password", newPassword); !p.answer().Has("code") {
		t.Errorf("got %s", p.location())
	}
}

// One link is good at a time, for what it was sent for, and while the account is as it
// was.
func TestALinkIsGoodForOneThing(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	b.asks("carol")
	first := s.linkIn(s.mails())
	b.asks("carol")
	second := s.linkIn(s.mails())
	gone := func(name, link string) {
		t.Helper()
		if p := s.browser().get(link); p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "does not work any more") {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.body)
		}
	}
	gone("the one before", first)
	gone("for something else", strings.Replace(second, "/reset/password", "/email/confirm", 1))
	gone("none", "/reset/password")
	gone("another secret", second[:len(second)-1]+"_")
	gone("a made-up one", "/reset/password?link="+strings.Repeat("x", 22)+".y")
	b.get(second).shows(t, "password-form")
	carol, err := s.people.ByUsername(t.Context(), "carol")
	must(t, err)
	must(t, s.people.SignOutEverywhere(t.Context(), carol.ID))
	gone("of an account that has changed", second)

	b.asks("carol")
	third := s.linkIn(s.mails())
	_, err = s.people.Update(t.Context(), carol.ID, func(u *identity.User) error { u.Email = "c@example.com"; return nil })
	must(t, err)
	gone("sent to an address that is theirs no more", third)
}

func TestPasswordsThatAreNotTaken(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	b.asks("carol")
	form := b.get(s.linkIn(s.mails()))
	for password, word := range map[string]string{"short": "8 to 128 characters", "12345678": "guessed first", strings.Repeat("x", 600): "8 to 128 characters"} {
		p := b.submit(form, "password", password)
		if p.shows(t, "password-error"); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, word) {
			t.Errorf("%s: got %d %s", password, p.StatusCode, p.body)
		}
	}
	b.submit(form, "password", newPassword).shows(t, "password-done") // the link was not spent
}

// F35: when nothing can be sent, the answer is the same, and the mail goes out later.
func TestF35AMailOutlivesWhoSendsIt(t *testing.T) {
	s := openPost(t)
	want := s.browser().asks("nobody")
	if got := s.browser().asks("carol"); got.body != want.body || got.StatusCode != want.StatusCode {
		t.Errorf("got %d %s", got.StatusCode, got.body)
	}
	if report, err := s.drain(t.Context()); err != nil || report != (outbox.Report{Delivered: 2}) {
		t.Errorf("got %+v %v", report, err)
	}
}

func TestConfirmingAnAddress(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	b.signIn("carol").answer()
	p := b.get("/account/email")
	p.shows(t, "email-verify")
	b.submit(p).shows(t, "email-sent")
	link := s.linkIn(s.mails())
	b.get(link).shows(t, "email-confirm")
	if p := b.get("/account/email"); !strings.Contains(p.body, "not confirmed it yet") {
		t.Errorf("O47: a GET has confirmed: %s", p.body)
	}
	b.submit(b.get(link)).shows(t, "email-done")
	if p := b.get("/account/email"); !strings.Contains(p.body, "You have confirmed it") || strings.Contains(p.body, `id="email-verify"`) {
		t.Errorf("got %s", p.body)
	}
	if told := s.mails(); len(told) != 0 {
		t.Errorf("nothing has changed, but told %v", told)
	}
}

func TestChangingAnAddress(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	b.signIn("carol").answer()
	change := func(email, password string) page {
		return b.press(b.get("/account/email"), "email-form", "email", email, "password", password)
	}
	for name, p := range map[string]page{
		"no address": change("carol", password), "two addresses": change("a@example.com,b@example.com", password),
		"a header": change("a@example.com\r\nBcc: b@example.com", password), "wrong password": change("carol@example.net", "not the password"),
	} {
		if p.shows(t, "account-error"); p.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d", name, p.StatusCode)
		}
	}
	if sent := s.mails(); len(sent) != 0 {
		t.Fatalf("got %v", sent)
	}
	change("Carol@EXAMPLE.net", password).shows(t, "email-sent")
	sent := s.mails()
	link := s.linkIn(sent)
	if sent[0].To.String() != "Carol@example.net" {
		t.Errorf("got a mail to %s", sent[0].To)
	}
	b.submit(b.get(link)).shows(t, "email-done")
	if told := s.mails(); len(told) != 1 || told[0].To.String() != "carol@example.com" {
		t.Errorf("the address before was told %v", told)
	}
	carol, err := s.people.ByUsername(t.Context(), "carol")
	if err != nil || carol.Email != "Carol@example.net" || carol.EmailVerified == nil || !*carol.EmailVerified {
		t.Errorf("got %+v %v", carol, err)
	}
}

func TestTheAddressPageMovedToTheAccount(t *testing.T) {
	b := openPost(t).browser()
	if p := b.get("/email"); p.location() != "/account/email" {
		t.Errorf("got %d %s", p.StatusCode, p.location())
	}
	b.roam(b.get("/email")).shows(t, "login-form")
}

// Where no mail is sent there is nothing that needs it.
func TestWithoutMailNothingIsOffered(t *testing.T) {
	b := open(t).browser()
	for _, path := range []string{"/reset", "/reset/password", "/email", "/email/confirm", "/account/email"} {
		if p := b.get(path); p.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d", path, p.StatusCode)
		}
	}
	if p := b.follow(b.get(request("first"))); strings.Contains(p.body, "forgot-password") {
		t.Error("the sign-in page offers a reset")
	}
}

// What a stranger puts into a link to the page is not kept, however long.
func TestOnlyAnInteractionOfThisBrowserIsKept(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	b.submit(b.get("/reset?interaction="+strings.Repeat("junk", 100)), "username", "carol").shows(t, "reset-sent")
	_, handle, _ := strings.Cut(s.linkIn(s.mails()), "link=")
	locator, _, _ := strings.Cut(handle, ".")
	record, err := s.state.Get(t.Context(), store.Key{Partition: "link#" + locator, Sort: "link"})
	if err != nil || strings.Contains(string(record.Value), "junk") {
		t.Errorf("got %s %v", record.Value, err)
	}
}
