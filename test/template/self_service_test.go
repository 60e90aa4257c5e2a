package template_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/pages"
)

// visitor is a browser at the doors for people, which the authorize function's role
// bounds; its mail is delivered as the deliver function's role allows.
type visitor struct {
	*doors
	pages   http.Handler
	issuer  *issue.Issuer
	letters *pages.Letters
	cookies []*http.Cookie
	tray    *mail.Tray
	drain   func()
}

func (d *doors) visitor() *visitor {
	d.t.Helper()
	d.cfg.Mail, d.cfg.MailFrom, d.cfg.SignUp = "ses", "no-reply@example.com", "open"
	users, state := guarded{d.users, d.t, "authorize", "UserTable"}, guarded{d.state, d.t, "authorize", "StateTable"}
	parts, err := issue.NewParts(d.cfg, users, state, d.sealer, keys.OpenRing(users, d.sealer, keys.PolicyFrom(d.cfg)))
	check(d.t, err)
	people, err := pages.New(parts, slog.New(slog.NewTextHandler(io.Discard, nil)))
	check(d.t, err)
	letters, err := pages.OpenLetters(d.cfg)
	check(d.t, err)
	v := &visitor{doors: d, pages: people.Handler(), issuer: parts.Issuer, letters: letters, tray: mail.NewTray()}
	deliver := d.as("deliver").WithMail(v.tray.Lay)
	v.drain = func() {
		if report, err := deliver.Deliver(d.t.Context()); err != nil || report.Failed+report.Dead > 0 {
			d.t.Errorf("got %+v %v", report, err)
		}
	}
	return v
}

// posts sends a form, and demands that the page which answers has this element.
func (v *visitor) posts(path, id string, form url.Values) {
	v.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://id.example.com"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, cookie := range v.cookies {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	v.pages.ServeHTTP(w, r)
	v.cookies = append(v.cookies, w.Result().Cookies()...)
	if !strings.Contains(w.Body.String(), `id="`+id+`"`) {
		v.t.Fatalf("%s: got %d %s, want %s", path, w.Code, w.Body, id)
	}
}

// link is what the newest mail's link carries.
func (v *visitor) link() string {
	v.t.Helper()
	v.drain()
	found := regexp.MustCompile(`\?link=(\S+)`).FindStringSubmatch(v.tray.List()[0].Text)
	if found == nil {
		v.t.Fatalf("no link in %s", v.tray.List()[0].Text)
	}
	return found[1]
}

// TestTheRolesAllowWhatPeopleDoForThemselves has somebody accept an invitation into a
// group, and somebody create an account and forget the password. What they do where they
// are signed in is in account_test.go.
func TestTheRolesAllowWhatPeopleDoForThemselves(t *testing.T) {
	t.Parallel()
	v := openDoors(t).visitor()
	_, _, err := v.issuer.Invite(t.Context(), identity.NewUser{
		Groups: []string{identity.Administrators}, StandardClaims: oauth.StandardClaims{Email: "ann@example.com"},
	}, "root", v.letters.Invitation())
	check(t, err)
	v.posts("/invitation", "invitation-done", url.Values{"link": {v.link()}, "password": {doorsPerson}})
	v.posts("/sign-up", "signup-sent", url.Values{"email": {"jo@example.com"}})
	v.posts("/sign-up/finish", "signup-done", url.Values{"link": {v.link()}, "password": {doorsPerson}})
	v.posts("/reset", "reset-sent", url.Values{"username": {"jo@example.com"}})
	v.posts("/reset/password", "password-done", url.Values{"link": {v.link()}, "password": {"a crumb of moonlight"}})
	v.drain()
	if told := v.tray.List(); len(told) != 4 {
		t.Errorf("got %d mails", len(told))
	}
}
