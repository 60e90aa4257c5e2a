package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestTheAdminPageIsForAdministrators(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	b.opens("/account", "bob")
	for _, path := range []string{"/admin", "/admin/people/" + s.account("alice").ID, "/admin/clients", "/admin/register", "/admin/invite", "/admin/keys", "/admin/providers", "/admin/providers/partner", "/admin/events", "/admin/clients/app", "/admin/clients/app/edit", "/admin/groups", "/admin/groups/administrators", "/admin/nothing"} {
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
	for path, want := range map[string]int{"/admin": 200, "/admin/invite": 200, "/admin/clients": 403, "/admin/clients/app": 403, "/admin/register": 403, "/admin/keys": 403, "/admin/providers": 403, "/admin/providers/partner": 403, "/admin/events": 403, "/admin/clients/app/edit": 403, "/admin/groups": 403, "/admin/groups/administrators": 403} {
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

// TestWhoOnlyReadsSeesNoForm on any page, and is refused what forms would have sent.
func TestWhoOnlyReadsSeesNoForm(t *testing.T) {
	s := open(t, "MAIL=ses", "MAIL_FROM=id@example.com")
	var reads oauth.Scope
	for _, scope := range oauth.AdminScopes() {
		if strings.HasSuffix(scope, ":read") {
			reads = append(reads, scope)
		}
	}
	_, err := s.people.AddGroup(t.Context(), identity.Group{Name: "auditors", Scope: reads})
	must(t, err)
	_, err = s.people.Join(t.Context(), s.account("alice").ID, "auditors")
	must(t, err)
	s.register("shop", func(m *oauth.ClientMetadata) { m.TokenEndpointAuthMethod = oauth.ClientSecretBasic })
	_, _, err = s.clients.RotateSecret(t.Context(), "shop", identity.MaxSecretOverlap)
	must(t, err)
	s.partner()
	bob := s.account("bob").ID
	must(t, s.issuer.GrantConsent(t.Context(), bob, "app", oauth.Scope{"openid"}, issue.ClaimsRequest{}))
	s.browser().opens("/account", "bob")
	b := s.browser()
	b.works("/admin")
	_, err = s.people.UpdateGroup(t.Context(), "auditors", func(g *identity.Group) error { g.Scope = append(g.Scope, "admin:keys:write"); return nil })
	must(t, err)
	token := tokenIn(b.get("/admin/keys")) // which they had while they might write
	_, err = s.people.UpdateGroup(t.Context(), "auditors", func(g *identity.Group) error { g.Scope = reads; return nil })
	must(t, err)
	for path, acts := range map[string]string{
		"/admin/people/" + bob: "unlock sign-out disable enable end-session remove-factor join leave withdraw-consent reset delete",
		"/admin/invite":        "invite withdraw", "/admin/groups": "add", "/admin/groups/auditors": "change join leave delete",
		"/admin/clients": "", "/admin/clients/shop": "rotate withdraw-secret delete", "/admin/keys": "rotate withdraw", "/admin/providers": "add", "/admin/providers/partner": "change delete",
		"/admin/events": "", "/admin": "",
	} {
		p := b.get(path)
		if p.StatusCode != http.StatusOK || strings.Contains(p.body, `method="post"`) || strings.Contains(p.body, "/edit") {
			t.Errorf("%s: got %d %s", path, p.StatusCode, p.body)
		}
		for _, act := range strings.Fields(acts) {
			form := url.Values{
				"act": {act}, "token": {token}, "version": {"1"}, "session": {"x"}, "factor": {"totp"}, "group": {"auditors"}, "client": {"app"},
				"client_id": {"shop"}, "username": {"bob"}, "user": {bob}, "email": {"x@example.com"}, "name": {"auditors"}, "secret": {"former"},
				"alg": {"ES256"}, "preset": {"github"}, "id": {"x"}, "client_secret": {"x"}, "provider": {"partner"},
			}
			if p := b.post(path, form); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "this needs the scope admin:") {
				t.Errorf("%s %s: got %d %s", path, act, p.StatusCode, p.body)
			}
		}
	}
	for _, path := range []string{"/admin/register", "/admin/clients/shop/edit"} {
		if p := b.get(path); p.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got %d", path, p.StatusCode)
		}
	}
}

// TestNoLinkFillsInAnAdminForm: whoever follows one from elsewhere would send what they
// have not typed, a stranger's address among it.
func TestNoLinkFillsInAnAdminForm(t *testing.T) {
	s := open(t).administers()
	s.partner()
	b := s.browser()
	b.works("/admin")
	query := "?kind=spa&preset=entra"
	for _, name := range []string{
		"name", "client_id", "redirect_uris", "scope", "audience", "email", "groups", "id", "issuer", "tenant", "roles", "description", "version",
		"allowed_cors_origins", "admin:users:read", "second_factor", "create_users", "skip_consent", "domains", "claims", "trust_email",
	} {
		query += "&" + name + "=planted"
	}
	for _, path := range []string{"/admin/register", "/admin/invite", "/admin/providers", "/admin/groups", "/admin/groups/administrators", "/admin/clients/app/edit", "/admin/providers/partner"} {
		if p := b.get(path + query); p.StatusCode != http.StatusOK || strings.Contains(p.body, "planted") || strings.Contains(p.body, " checked") {
			t.Errorf("%s: got %d %s", path, p.StatusCode, p.body)
		}
	}
}

// TestWhoMayChangeButNotSeeIsToldThatItWasDone, and by no link that it was.
func TestWhoMayChangeButNotSeeIsToldThatItWasDone(t *testing.T) {
	s := open(t)
	_, err := s.people.AddGroup(t.Context(), identity.Group{Name: "developers", Scope: oauth.Scope{"admin:clients:write"}})
	must(t, err)
	_, err = s.people.Join(t.Context(), s.account("alice").ID, "developers")
	must(t, err)
	b := s.browser()
	p := b.acts(b.works("/admin/clients/app/edit"), "client-form", "change", "name", "Shop", "redirect_uris", callback)
	if p.does(t, "The client is changed"); p.StatusCode != http.StatusOK || !strings.Contains(p.body, `id="admin-done-page"`) {
		t.Errorf("got %d %s", p.StatusCode, p.body)
	}
	if p := b.get("/admin/clients/app?done=admin_client_changed&seal=AAAA"); p.StatusCode != http.StatusForbidden {
		t.Errorf("a link: got %d %s", p.StatusCode, p.body)
	}
}

// TestAdministratorsAreToldAmongTheirPages what cannot be shown or done.
func TestAdministratorsAreToldAmongTheirPages(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	p := b.works("/admin/keys")
	for name, c := range map[string]struct {
		got    page
		status int
		says   string
	}{
		"a form without act":      {b.press(p, "keys-form"), http.StatusBadRequest, "nothing that can be done"},
		"an unknown act":          {b.press(p, "keys-form", "act", "unheard of"), http.StatusBadRequest, "nothing that can be done"},
		"a person that is not":    {b.get("/admin/people/nobody"), http.StatusNotFound, "nothing of that name"},
		"a client that is not":    {b.get("/admin/clients/nothing"), http.StatusNotFound, "unknown client"},
		"the same, to be changed": {b.get("/admin/clients/nothing/edit"), http.StatusNotFound, "unknown client"},
		"a group that is not":     {b.get("/admin/groups/nothing"), http.StatusNotFound, "there is no group nothing"},
		"no page":                 {b.get("/admin/nothing"), http.StatusNotFound, "nothing of that name"},
		"a page that never was":   {b.get("/admin/people/a/b"), http.StatusNotFound, "nothing of that name"},
	} {
		if c.got.StatusCode != c.status || !strings.Contains(c.got.body, `id="admin-problem-page"`) || !strings.Contains(c.got.body, c.says) || !strings.Contains(c.got.body, `href="/admin/keys"`) {
			t.Errorf("%s: got %d %s", name, c.got.StatusCode, c.got.body)
		}
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
		refused := b.press(p, "keys-form", append(fields, "act", "rotate")...)
		if refused.shows(t, "admin-problem-page"); refused.StatusCode != http.StatusBadRequest || !strings.Contains(refused.body, "made for another session") {
			t.Errorf("%s: got %d %s", name, refused.StatusCode, refused.body)
		}
	}
	b.header.Set("Sec-Fetch-Site", "cross-site")
	if refused := b.press(p, "keys-form", "act", "rotate"); refused.StatusCode != http.StatusBadRequest {
		t.Errorf("another site's: got %d", refused.StatusCode)
	}
	b.header.Set("Sec-Fetch-Site", "same-origin")
	for _, query := range []url.Values{{"done": {"admin_deleted"}}, {"done": {"admin_deleted"}, "seal": {"AAAA"}}} {
		if p := b.get("/admin?" + query.Encode()); strings.Contains(p.body, "account-done") {
			t.Errorf("a link has the page say %s", p.body)
		}
	}
}

func TestO41AdministratorsProveThemselvesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t).administers()
		s.register("shop", func(m *oauth.ClientMetadata) { m.TokenEndpointAuthMethod = oauth.ClientSecretBasic })
		_, _, err := s.clients.RotateSecret(t.Context(), "shop", identity.MaxSecretOverlap)
		must(t, err)
		s.partner()
		b := s.browser()
		b.works("/admin")
		time.Sleep(11 * time.Minute)
		path := person(t, b.get("/admin"), "bob")
		p := b.get(path)
		b.acts(p, "person-form", "unlock").does(t, "forgotten")
		for _, form := range [][3]string{
			{path, "person-form", "disable"},
			{path, "delete-form", "delete"},
			{path, "join-form", "join"},
			{"/admin/register", "register-form", "register"},
			{"/admin/keys", "keys-form", "rotate"},
			{"/admin/keys", "withdraw-form", "withdraw"},
			{"/admin/providers?preset=apple", "provider-form", "add"},
			{"/admin/providers/partner", "provider-form", "change"},
			{"/admin/providers/partner", "delete-form", "delete"},
			{"/admin/clients/app/edit", "client-form", "change"},
			{"/admin/clients/app", "delete-form", "delete"},
			{"/admin/clients/shop", "rotate-form", "rotate"},
			{"/admin/clients/shop", "withdraw-secret", "withdraw-secret"},
			{"/admin/groups", "group-form", "add"},
			{"/admin/groups/administrators", "join-form", "join"},
			{"/admin/groups/administrators", "leave", "leave"},
			{"/admin/groups/administrators", "change-form", "change"},
		} {
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
