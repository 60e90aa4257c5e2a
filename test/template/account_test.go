package template_test

import (
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/pages"
)

// resident is a person at their account page, which the account function's role bounds.
// They sign in at the doors of the authorize function, within its role.
type resident struct {
	*doors
	doorsFor http.Handler
	jar      http.CookieJar
	tray     *mail.Tray
}

func (d *doors) resident() *resident {
	d.t.Helper()
	d.cfg.Mail, d.cfg.MailFrom = "ses", "no-reply@example.com"
	open := func(function string) *pages.Pages {
		users, state := guarded{d.users, d.t, function, "UserTable"}, guarded{d.state, d.t, function, "StateTable"}
		parts, err := issue.NewParts(d.cfg, users, state, d.sealer, keys.OpenRing(users, d.sealer, keys.PolicyFrom(d.cfg)))
		check(d.t, err)
		doors, err := pages.New(parts, slog.New(slog.NewTextHandler(io.Discard, nil)))
		check(d.t, err)
		return doors
	}
	account, people := open("account").Account(), open("authorize").Handler()
	jar, err := cookiejar.New(nil)
	check(d.t, err)
	return &resident{d, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/account") {
			account.ServeHTTP(w, r)
			return
		}
		people.ServeHTTP(w, r)
	}), jar, mail.NewTray()}
}

// visit goes to a page, or sends a form there, and on to where that leads. The page must
// have an element of this id.
func (v *resident) visit(path, id string, form url.Values) string {
	v.t.Helper()
	for {
		method := http.MethodGet
		if form != nil {
			method = http.MethodPost
		}
		r := httptest.NewRequest(method, v.cfg.Issuer+strings.TrimPrefix(path, v.cfg.Issuer), strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for _, cookie := range v.jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		v.doorsFor.ServeHTTP(w, r)
		v.jar.SetCookies(r.URL, w.Result().Cookies())
		if w.Code == http.StatusSeeOther {
			path, form = w.Header().Get("Location"), nil
			continue
		}
		if !strings.Contains(w.Body.String(), `id="`+id+`"`) {
			v.t.Fatalf("%s: got %d %s, want %s", path, w.Code, w.Body, id)
		}
		return w.Body.String()
	}
}

// field is the value of a page's hidden field.
func (v *resident) field(page, name string) string {
	v.t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		v.t.Fatalf("no %s in %s", name, page)
	}
	return html.UnescapeString(found[1])
}

func (v *resident) signIn(password string) {
	v.t.Helper()
	page := v.visit("/account", "login-form", nil)
	v.visit("/sign-in", "account-page", url.Values{
		"interaction": {v.field(page, "interaction")}, "username": {"alice"}, "password": {password},
	})
}

// drain delivers mail, as the deliver function's role allows.
func (v *resident) drain() {
	v.t.Helper()
	if report, err := v.as("deliver").WithMail(v.tray.Lay).Deliver(v.t.Context()); err != nil || report.Failed+report.Dead > 0 {
		v.t.Errorf("got %+v %v", report, err)
	}
}

// link is what the newest mail's link carries.
func (v *resident) link() string {
	v.t.Helper()
	v.drain()
	found := regexp.MustCompile(`\?link=(\S+)`).FindStringSubmatch(v.tray.List()[0].Text)
	if found == nil {
		v.t.Fatalf("no link in %s", v.tray.List()[0].Text)
	}
	return found[1]
}

// TestTheRolesAllowWhatPeopleDoInTheirAccount has somebody use every account page, and
// leave.
func TestTheRolesAllowWhatPeopleDoInTheirAccount(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	people := identity.NewUsers(d.users, d.state, identity.Lockout{})
	alice, err := people.ByUsername(t.Context(), "alice")
	check(t, err)
	elsewhere, v := d.resident(), d.resident()
	elsewhere.signIn(doorsPerson)
	v.signIn(doorsPerson)
	token := v.field(v.visit("/account/sessions", "sessions-form", nil), "token")
	v.visit("/account/sessions", "account-done", url.Values{"token": {token}})
	v.visit("/account/password", "account-done", url.Values{"token": {token}, "current": {doorsPerson}, "password": {"a crumb of moonlight"}})
	codes := d.endow(people, alice)
	page := v.visit("/account/delete", "recovery-form", nil) // they have a second factor now
	v.visit("/second-factor", "delete-form", url.Values{"interaction": {v.field(page, "interaction")}, "recovery_code": {string(codes[0])}})
	page = v.visit("/account/profile", "profile-form", nil)
	token = v.field(page, "token") // of the session that the second factor began
	v.visit("/account/profile", "account-done", url.Values{"token": {token}, "version": {v.field(page, "version")}, "name": {"Alice"}, "phone_number": {"+33199001234"}})
	v.visit("/account/email", "email-sent", url.Values{"token": {token}, "email": {"alice@example.com"}, "password": {"a crumb of moonlight"}})
	v.visit("/email/confirm", "email-done", url.Values{"link": {v.link()}})
	page = v.visit("/account/security", "security-page", nil)
	v.visit("/account/security", "account-done", url.Values{"token": {token}, "linked": {v.field(page, "linked")}})
	v.visit("/account/security", "account-done", url.Values{"token": {token}, "passkey": {v.field(page, "passkey")}})
	v.visit("/account/access", "account-done", url.Values{"token": {token}, "client": {"app"}})
	d.endow(people, alice)
	v.visit("/account/delete", "account-deleted", url.Values{"token": {token}, "username": {"alice"}})
	v.drain()
	if told := v.tray.List(); len(told) != 2 || told[0].To.String() != "alice@example.com" {
		t.Errorf("got %v", told)
	}
}

// endow gives somebody all that can lie with a person, but for what their sign-in made, and
// returns their recovery codes.
func (d *doors) endow(people *identity.Users, who identity.User) []oauth.Secret {
	d.t.Helper()
	ctx := d.t.Context()
	factors := factor.Open(d.users, people, d.sealer)
	codes, err := factors.NewRecoveryCodes(ctx, who.ID)
	check(d.t, err)
	_, err = factors.AddPasskey(ctx, who.ID, factor.Passkey{ID: []byte("a credential"), PublicKey: []byte("a key"), Name: "Blue key"})
	check(d.t, err)
	check(d.t, people.Link(ctx, who.ID, identity.Linked{Issuer: "https://elsewhere.example.com", Subject: "4711", Provider: "elsewhere"}))
	_, err = people.Join(ctx, who.ID, identity.Administrators)
	check(d.t, err)
	clients := identity.NewClients(d.users, d.sealer)
	sessions := identity.NewSessions(d.state, people, identity.SessionLimits{})
	issuer := issue.New(d.cfg, d.users, d.state, people, clients, sessions, d.sealer, keys.OpenRing(d.users, d.sealer, keys.PolicyFrom(d.cfg)))
	check(d.t, issuer.GrantConsent(ctx, who.ID, "app", oauth.Scope{"openid"}, issue.ClaimsRequest{}))
	return codes
}
