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

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/pages"
)

// resident is a person at their account page, which the account function's role bounds.
// They sign in at the doors of the authorize function, within its role.
type resident struct {
	*doors
	doorsFor http.Handler
	jar      http.CookieJar
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
	}), jar}
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

// TestTheRolesAllowWhatPeopleDoInTheirAccount has somebody use every account page.
func TestTheRolesAllowWhatPeopleDoInTheirAccount(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	elsewhere, v := d.resident(), d.resident()
	elsewhere.signIn(doorsPerson)
	v.signIn(doorsPerson)
	token := v.field(v.visit("/account/sessions", "sessions-form", nil), "token")
	v.visit("/account/sessions", "account-done", url.Values{"token": {token}})
	v.visit("/account/password", "account-done", url.Values{"token": {token}, "current": {doorsPerson}, "password": {"a crumb of moonlight"}})
}
