package pages_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func openSignUp(t testing.TB, settings ...string) *site {
	return openPost(t, append([]string{"SIGN_UP=open"}, settings...)...)
}

// leads returns where the page's link of this id leads.
func (p page) leads(id string) string {
	p.t.Helper()
	found := regexp.MustCompile(`id="` + id + `" href="([^"]*)"`).FindStringSubmatch(p.body)
	if found == nil {
		p.t.Fatalf("no %s in %s", id, p.body)
	}
	return html.UnescapeString(found[1])
}

// wants has the browser ask for an account.
func (b *browser) wants(p page, email string) page {
	b.t.Helper()
	answer := b.submit(p, "email", email)
	answer.shows(b.t, "signup-sent")
	return answer
}

func TestSignUpFromTheSignInPage(t *testing.T) {
	s := openSignUp(t)
	b := s.browser()
	p := b.follow(b.get(request("first")))
	b.wants(b.get(p.leads("create-account")), "Jo@Example.com")
	sent := s.mails()
	link := s.linkIn(sent)
	if sent[0].To.String() != "Jo@example.com" || sent[0].Subject != "Create your account at Example" {
		t.Errorf("got %s to %s", sent[0].Subject, sent[0].To)
	}
	if _, err := s.people.ByUsername(t.Context(), "jo@example.com"); err == nil {
		t.Error("there is an account before its owner has shown up")
	}
	form := b.get(link)
	if form.shows(t, "password-form"); !strings.Contains(form.Header.Get("Content-Security-Policy"), "form-action 'self' https:") {
		t.Errorf("the browser may not go on to the client: %s", form.Header.Get("Content-Security-Policy"))
	}
	if p := b.submit(form, "password", "12345678"); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "guessed first") {
		t.Errorf("got %d %s", p.StatusCode, p.body)
	}
	if !b.submit(form, "password", newPassword).answer().Has("code") {
		t.Error("not signed in")
	}
	jo, err := s.people.ByUsername(t.Context(), "JO@example.com")
	if err != nil || jo.Email != "Jo@example.com" || jo.EmailVerified == nil || !*jo.EmailVerified || jo.Locale != "en" {
		t.Errorf("got %+v %v", jo, err)
	}
	for name, p := range map[string]page{"the button again": b.submit(form, "password", newPassword), "the link again": b.get(link)} {
		if p.StatusCode != http.StatusBadRequest || !strings.Contains(p.body, "does not work any more") {
			t.Errorf("%s: got %d %s", name, p.StatusCode, p.body)
		}
	}
}

// Initiating User Registration §4: the page is the one on which accounts are created,
// whoever is signed in, and who has one signs in from there.
func TestPromptCreate(t *testing.T) {
	s := openSignUp(t)
	b := s.browser()
	b.signIn("alice").answer()
	p := b.follow(b.get(request("first", "prompt", "create")))
	p.shows(t, "signup-form")
	p = b.get(p.leads("have-account"))
	if p := b.submit(p, "username", "bob", "password", password); !p.answer().Has("code") {
		t.Errorf("got %s", p.location())
	}
	p = b.follow(b.get(request("first", "prompt", "create")))
	b.wants(p, "jo@example.com")
	if p := b.submit(b.get(s.linkIn(s.mails())), "password", newPassword); !p.answer().Has("code") {
		t.Errorf("got %s", p.location())
	}
	closed := openPost(t).browser()
	if p := closed.get(request("first", "prompt", "create")); p.answer().Get("error") != "invalid_request" {
		t.Errorf("where nobody creates accounts: got %s", p.location())
	}
}

// O37: an address that is taken gets the same answer, and its owner a mail instead.
func TestO37SignUpTellsNobodyWhoHasAnAccount(t *testing.T) {
	s := openSignUp(t)
	b := s.browser()
	b.wants(b.get("/sign-up"), "jo@example.com")
	b.submit(b.get(s.linkIn(s.mails())), "password", newPassword).shows(t, "signup-done")
	stranger := s.browser()
	stranger.get("/sign-up")
	free := stranger.wants(stranger.get("/sign-up"), "free@example.com")
	s.mails()
	taken := stranger.wants(stranger.get("/sign-up"), "JO@example.com")
	if taken.body != free.body || taken.StatusCode != free.StatusCode {
		t.Errorf("got %d %s", taken.StatusCode, taken.body)
	}
	told := s.mails()
	if len(told) != 1 || told[0].To.String() != "jo@example.com" || !strings.Contains(told[0].Subject, "You have an account") || strings.Contains(told[0].Text, "sign-up") {
		t.Errorf("got %v", told)
	}
}

// O47: whoever starts a sign-up and gets somebody else to finish it does not get them
// signed in, in a browser that did not ask.
func TestO47AnotherBrowserIsNotSignedIn(t *testing.T) {
	s := openSignUp(t)
	b, other := s.browser(), s.browser()
	b.wants(b.get(b.follow(b.get(request("first"))).leads("create-account")), "jo@example.com")
	link := s.linkIn(s.mails())
	other.get("/sign-up")
	p := other.submit(other.get(link), "password", newPassword)
	if p.shows(t, "signup-done"); len(p.Cookies()) > 0 || !strings.Contains(p.body, "Sign in with your email address") {
		t.Errorf("got %v %s", p.Cookies(), p.body)
	}
}

// An account that somebody prepared does not wait for its owner: there is none before
// the owner chooses the password.
func TestO44NobodyRegistersForSomebodyElse(t *testing.T) {
	s := openSignUp(t)
	mallory, jo := s.browser(), s.browser()
	mallory.wants(mallory.get("/sign-up"), "jo@example.com")
	first := s.linkIn(s.mails())
	jo.wants(jo.get("/sign-up"), "jo@example.com")
	second := s.linkIn(s.mails())
	if p := jo.get(first); p.StatusCode != http.StatusBadRequest {
		t.Errorf("two links are live: got %d", p.StatusCode)
	}
	jo.submit(jo.get(second), "password", newPassword).shows(t, "signup-done")
}

func TestWhoMaySignUp(t *testing.T) {
	s := openSignUp(t, "SIGN_UP=domains", "SIGN_UP_DOMAINS=example.com,example.net")
	b := s.browser()
	for _, email := range []string{"jo@example.com", "jo@EXAMPLE.net"} {
		b.wants(b.get("/sign-up"), email)
	}
	if sent := s.mails(); len(sent) != 2 {
		t.Errorf("got %d mails", len(sent))
	}
	for email, word := range map[string]string{
		"jo@mail.example.com": "certain organisations", "jo@example.com.evil.example": "certain organisations", "jo@evil.example": "certain organisations",
		"jo": "no email address", "jo@example.com\n": "no email address", "j\u0131m@example.com": "no email address",
	} {
		if p := b.submit(b.get("/sign-up"), "email", email); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, word) {
			t.Errorf("%q: got %d %s", email, p.StatusCode, p.body)
		}
	}
	if sent := s.mails(); len(sent) != 0 {
		t.Errorf("got %v", sent)
	}
	closed := openPost(t).browser()
	for _, path := range []string{"/sign-up", "/sign-up/finish"} {
		if p := closed.get(path); p.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d", path, p.StatusCode)
		}
	}
	if p := closed.follow(closed.get(request("first"))); strings.Contains(p.body, "create-account") {
		t.Error("the sign-in page offers accounts")
	}
}
