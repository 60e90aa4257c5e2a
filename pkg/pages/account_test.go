package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// opens shows an account page to a person, who signs in on the way when that is needed.
func (b *browser) opens(path, username string) page {
	b.t.Helper()
	p := b.roam(b.get(path))
	if strings.Contains(p.body, `id="login-form"`) {
		p = b.roam(b.submit(p, "username", username, "password", password))
	}
	p.shows(b.t, "account-sign-out")
	return p
}

// roam is follow that goes on to pages of ours by their whole URL too.
func (b *browser) roam(p page) page {
	b.t.Helper()
	for p.StatusCode == http.StatusSeeOther && (strings.HasPrefix(p.location(), "/") || strings.HasPrefix(p.location(), issuer+"/")) {
		p = b.get(p.location())
	}
	return p
}

// change sends the form with this id, and these fields, and goes where it leads.
func (b *browser) change(p page, id string, fields ...string) page {
	b.t.Helper()
	return b.roam(b.press(p, id, fields...))
}

func (b *browser) press(p page, id string, fields ...string) page {
	b.t.Helper()
	form := regexp.MustCompile(`(?s)<form [^>]*(?:id|class)="` + id + `".*?</form>`).FindString(p.body)
	if form == "" {
		b.t.Fatalf("there is no form %s in %d %s", id, p.StatusCode, p.body)
	}
	p.body = form
	return b.submit(p, fields...)
}

// does reports whether the page says that something was done.
func (p page) does(t testing.TB, what string) {
	t.Helper()
	p.shows(t, "account-done")
	if !strings.Contains(p.body, what) {
		t.Errorf("got %s, want it to say %q", p.body, what)
	}
}

func TestTheAccountPageIsForWhoIsSignedIn(t *testing.T) {
	b := open(t).browser()
	p := b.roam(b.get("/account"))
	if p.shows(t, "login-form"); !strings.Contains(p.body, "to continue to your account") {
		t.Errorf("got %s", p.body)
	}
	p = b.opens("/account", "alice")
	for _, want := range []string{`id="account-username">alice<`, "Alice Example", `href="/account/password"`, `href="/account" aria-current="page"`} {
		if !strings.Contains(p.body, want) {
			t.Errorf("no %s in %s", want, p.body)
		}
	}
}

func TestPasswordManagersFindThePasswordPage(t *testing.T) {
	b := open(t).browser()
	if p := b.get("/.well-known/change-password"); p.StatusCode != http.StatusSeeOther || p.location() != "/account/password" {
		t.Errorf("got %d %s", p.StatusCode, p.location())
	}
}

func TestAPersonChangesTheirPassword(t *testing.T) {
	s := open(t)
	s.register("told", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.BackchannelLogoutURI = true, "https://app.example.com/backchannel"
	})
	b, other := s.browser(), s.browser()
	other.opens("/account", "alice")
	other.get(request("told")).answer()
	p := b.opens("/account/password", "alice")
	for name, c := range map[string]struct{ current, password, says string }{
		"the current one is wrong": {"not this one", newPassword, "The password is wrong"},
		"too short":                {password, "short", "8 to 128"},
	} {
		wrong := b.press(p, "change-password-form", "current", c.current, "password", c.password)
		if wrong.shows(t, "account-error"); wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, c.says) {
			t.Errorf("%s: got %d %s", name, wrong.StatusCode, wrong.body)
		}
	}
	b.change(p, "change-password-form", "current", password, "password", newPassword).does(t, "Your password is changed")
	b.get("/account").shows(t, "account-page") // this browser goes on
	if p := other.roam(other.get("/account")); !strings.Contains(p.body, "login-form") {
		t.Errorf("the other browser: got %s", p.body)
	}
	report, err := s.drain(t.Context())
	if must(t, err); report.Delivered+report.Failed+report.Dead != 1 {
		t.Errorf("got %+v, want one message to the client of the session that ended", report)
	}
	p = other.roam(other.get("/account"))
	other.submit(p, "username", "alice", "password", password).shows(t, "login-error")
	if p := other.submit(p, "username", "alice", "password", newPassword); p.StatusCode != http.StatusSeeOther {
		t.Errorf("the new password: got %d %s", p.StatusCode, p.body)
	}
}
