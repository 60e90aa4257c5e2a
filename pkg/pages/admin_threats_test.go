package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestTheAdminPageIsForAdministrators(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	b.opens("/account", "bob")
	for _, path := range []string{"/admin", "/admin/people/" + s.account("alice").ID, "/admin/clients", "/admin/register", "/admin/invite", "/admin/keys", "/admin/providers", "/admin/events", "/admin/clients/app"} {
		if p := b.get(path); p.StatusCode != http.StatusForbidden || strings.Contains(p.body, "alice") || !strings.Contains(p.body, "You do not administer this") {
			t.Errorf("%s: got %d %s", path, p.StatusCode, p.body)
		}
	}
	alice := s.browser()
	alice.works("/admin").shows(t, "admin-people-page")
	_, err := s.people.Leave(t.Context(), s.account("alice").ID, identity.Administrators)
	must(t, err)
	if p := alice.get("/admin"); p.StatusCode != http.StatusForbidden {
		t.Errorf("got %d", p.StatusCode)
	}
}

func TestEachAdminPageNeedsItsScope(t *testing.T) {
	s := open(t)
	_, err := s.people.AddGroup(t.Context(), identity.Group{Name: "support", Scope: oauth.Scope{"admin:users:read", "admin:users:write"}})
	must(t, err)
	_, err = s.people.Join(t.Context(), s.account("alice").ID, "support")
	must(t, err)
	_, err = s.people.Join(t.Context(), s.account("bob").ID, identity.Administrators)
	must(t, err)
	b := s.browser()
	p := b.works("/admin")
	for path, want := range map[string]int{"/admin": 200, "/admin/invite": 200, "/admin/clients": 403, "/admin/clients/app": 403, "/admin/register": 403, "/admin/keys": 403, "/admin/providers": 403, "/admin/events": 403} {
		if got := b.get(path); got.StatusCode != want {
			t.Errorf("%s: got %d", path, got.StatusCode)
		}
	}
	if strings.Contains(p.body, `href="/admin/keys"`) {
		t.Error("the menu leads to what is not theirs")
	}
	bob := b.get(person(t, p, "bob"))
	if strings.Contains(bob.body, "join-form") || strings.Contains(bob.body, "sessions-title") {
		t.Errorf("got %s", bob.body)
	}
	for _, act := range []string{"disable", "unlock", "sign-out", "join", "end-session"} {
		if p := b.acts(bob, "person-form", act, "group", "support"); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "admin:") {
			t.Errorf("%s: got %d %s", act, p.StatusCode, p.body)
		}
	}
	if user := s.account("bob"); user.Disabled || len(user.Groups) != 1 {
		t.Errorf("got %+v", user)
	}
}

func TestO10AnAdminFormIsItsSessionsOwn(t *testing.T) {
	s := open(t).administers()
	b, other := s.browser(), s.browser()
	foreign := other.works("/admin/keys")
	account := b.opens("/account/sessions", "alice")
	p := b.works("/admin/keys")
	for name, fields := range map[string][]string{
		"no token": {"token", ""}, "another session's": {"token", tokenIn(foreign)}, "the account page's": {"token", tokenIn(account)},
	} {
		if refused := b.press(p, "keys-form", append(fields, "act", "rotate")...); refused.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %d %s", name, refused.StatusCode, refused.body)
		}
	}
	b.header.Set("Sec-Fetch-Site", "cross-site")
	if refused := b.press(p, "keys-form", "act", "rotate"); refused.StatusCode != http.StatusBadRequest {
		t.Errorf("another site's: got %d", refused.StatusCode)
	}
	b.header.Set("Sec-Fetch-Site", "same-origin")
	if p := b.press(p, "keys-form", "act", "unheard of"); p.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown act: got %d", p.StatusCode)
	}
	for _, query := range []url.Values{{"done": {"admin_deleted"}}, {"done": {"admin_deleted"}, "seal": {"AAAA"}}} {
		if p := b.get("/admin?" + query.Encode()); strings.Contains(p.body, "account-done") {
			t.Errorf("a link has the page say %s", p.body)
		}
	}
}

func TestO41AdministratorsProveThemselvesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t).administers()
		b := s.browser()
		b.works("/admin")
		time.Sleep(11 * time.Minute)
		path := person(t, b.get("/admin"), "bob")
		p := b.get(path)
		b.acts(p, "person-form", "unlock").does(t, "forgotten")
		for _, form := range [][3]string{{path, "person-form", "disable"}, {path, "delete-form", "delete"}, {path, "join-form", "join"}, {"/admin/keys", "keys-form", "rotate"}, {"/admin/register", "register-form", "register"}} {
			if p := b.acts(b.get(form[0]), form[1], form[2]); !strings.Contains(p.body, `id="login-form"`) {
				t.Errorf("%s: got %s", form[2], p.body)
			}
		}
		again := b.acts(p, "person-form", "disable")
		p = b.roam(b.submit(again, "username", "alice", "password", password))
		p.shows(t, "admin-person-page")
		b.acts(p, "person-form", "disable").does(t, "disabled")
		time.Sleep(61 * time.Minute)
		if p := b.roam(b.get("/admin/keys")); !strings.Contains(p.body, `id="login-form"`) {
			t.Errorf("after an hour: got %s", p.body)
		}
	})
}
