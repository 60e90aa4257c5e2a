package pages_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// administers makes alice an administrator.
func (s *site) administers() *site {
	s.t.Helper()
	_, err := s.people.Join(s.t.Context(), s.account("alice").ID, identity.Administrators)
	must(s.t, err)
	return s
}

// works opens an admin page as alice.
func (b *browser) works(path string) page {
	b.t.Helper()
	p := b.roam(b.get(path))
	if strings.Contains(p.body, `id="login-form"`) {
		p = b.roam(b.submit(p, "username", "alice", "password", password))
	}
	p.shows(b.t, "account-sign-out")
	return p
}

// does sends the form with this button pressed.
func (b *browser) acts(p page, form, act string, fields ...string) page {
	b.t.Helper()
	return b.roam(b.press(p, form, append([]string{"act", act}, fields...)...))
}

func person(t *testing.T, p page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`href="(/admin/people/[^"]*)"><bdi>` + name + `</bdi>`).FindStringSubmatch(p.body)
	if found == nil {
		t.Fatalf("%s is not in %s", name, p.body)
	}
	return html.UnescapeString(found[1])
}

// TestAnAdministratorLooksAfterSomebody: finds, sees, unlocks, disables, enables, takes
// into a group, resets, and deletes.
func TestAnAdministratorLooksAfterSomebody(t *testing.T) {
	s := open(t, "MAIL=ses", "MAIL_FROM=id@example.com").administers()
	_, err := s.people.Update(t.Context(), s.account("bob").ID, func(u *identity.User) error { u.Email = "bob@example.com"; return nil })
	must(t, err)
	phone := s.browser()
	phone.opens("/account", "bob")
	b := s.browser()
	b.works("/admin").shows(t, "admin-people-page")
	path := person(t, b.get("/admin?q=bo"), "bob")
	p := b.get(path)
	p.shows(t, "person-sessions")

	wrong := s.browser()
	for range 3 {
		login := wrong.roam(wrong.get("/account"))
		wrong.submit(login, "username", "bob", "password", "not this one")
	}
	b.get(path).shows(t, "person-locked")
	if p = b.acts(p, "person-form", "unlock"); strings.Contains(p.body, "person-locked") || !strings.Contains(p.body, "account-done") {
		t.Errorf("got %s", p.body)
	}
	p = b.acts(p, "end-session", "end-session")
	p.does(t, "The session is ended")
	if !phone.isOut() {
		t.Error("the session goes on")
	}
	b.acts(p, "person-form", "reset").does(t, "on its way")
	if len(s.mails()) == 0 {
		t.Error("no mail was sent")
	}
	p = b.acts(p, "join-form", "join", "group", "administrators")
	p.does(t, "belongs to the group")
	if !strings.Contains(p.body, `href="/admin/groups/administrators"`) {
		t.Errorf("no way to the group in %s", p.body)
	}
	p = b.acts(p, "leave", "leave")
	p.does(t, "not belong")
	if p = b.acts(p, "join-form", "join", "group", "nothing"); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, "there is no group nothing") {
		t.Errorf("got %d %s", p.StatusCode, p.body)
	}
	p = b.acts(p, "person-form", "disable")
	p.does(t, "disabled")
	p = b.acts(p, "person-form", "enable")
	p.does(t, "enabled")
	if p = b.acts(p, "delete-form", "delete", "username", "bobby"); p.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a name that is not theirs: got %d", p.StatusCode)
	}
	b.acts(p, "delete-form", "delete", "username", "bob").does(t, "deleted")
	if _, err := s.people.ByUsername(t.Context(), "bob"); err == nil {
		t.Error("bob is still there")
	}
}

// TestAnAdministratorRegistersAClient: of each kind, with a secret shown once where it
// has one, rotated and deleted.
func TestAnAdministratorRegistersAClient(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	b.works("/admin/clients").shows(t, "admin-clients-page")
	for kind, c := range map[string]struct{ uri, method string }{
		"server": {"https://shop.example.com/callback", "client_secret_basic"}, "spa": {"https://spa.example.com/callback", "none"},
		"native": {"com.example.shop:/callback", "none"}, "machine": {"", "client_secret_basic"},
	} {
		p := b.get("/admin/register?kind=" + kind)
		fields := []string{"name", "Shop", "client_id", "a-" + kind, "scope", ""}
		if c.uri != "" {
			fields = append(fields, "redirect_uris", c.uri)
		}
		p = b.acts(p, "register-form", "register", fields...)
		if p.shows(t, "client-settings"); !strings.Contains(p.body, c.method) || strings.Contains(p.body, `id="client-secret"`) == (c.method == "none") {
			t.Errorf("%s: got %s", kind, p.body)
		}
		client, err := s.clients.Get(t.Context(), "a-"+kind)
		if err != nil || client.ClientName != "Shop" || kind == "spa" && len(client.AllowedCORSOrigins) != 1 || kind == "machine" && !client.Allows(oauth.ClientCredentials) {
			t.Errorf("%s: got %+v, %v", kind, client, err)
		}
	}
	p := b.get("/admin/clients/a-server")
	if strings.Contains(p.body, `id="client-secret"`) {
		t.Error("a secret is shown again")
	}
	b.acts(p, "rotate-form", "rotate").shows(t, "client-secret")
	if p = b.acts(p, "delete-form", "delete", "client_id", "other"); p.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another's ID: got %d", p.StatusCode)
	}
	b.acts(b.get("/admin/clients/a-server"), "delete-form", "delete", "client_id", "a-server").does(t, "deleted")
}

// TestTheMenuMarksWhereAPageBelongs: itself, or what it is below.
func TestTheMenuMarksWhereAPageBelongs(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	b.works("/admin")
	for path, marked := range map[string]string{
		"/admin": `/admin" aria-current="page"`, "/admin/people/" + s.account("bob").ID: `/admin" aria-current="true"`,
		"/admin/groups/administrators": `/admin/groups" aria-current="true"`, "/admin/clients": `/admin/clients" aria-current="page"`,
		"/admin/clients/app": `/admin/clients" aria-current="true"`, "/admin/clients/app/edit": `/admin/clients" aria-current="true"`,
		"/admin/register": `/admin/clients" aria-current="true"`, "/admin/people/nobody": `/admin" aria-current="true"`,
	} {
		menu, _, _ := strings.Cut(b.get(path).body, "</nav>")
		if !strings.Contains(menu, `href="`+marked) || strings.Count(menu, `aria-current="`) != 1 {
			t.Errorf("%s: got %s", path, menu)
		}
	}
}

// TestTheFormOfAClientExplainsMistakes, and keeps what was typed.
func TestTheFormOfAClientExplainsMistakes(t *testing.T) {
	b := open(t).administers().browser()
	b.works("/admin/register")
	for uri, says := range map[string]string{
		"shop.example.com/callback":          "it begins with https://",
		"http://shop.example.com/callback":   "use https",
		"https://shop.example.com/#/in":      "has a fragment",
		"https://*.example.com/":             "has a wildcard",
		"com.example.shop:/callback":         "choose that kind",
		"localhost:3000/callback":            "https://",
		"https://shop.example.com/ http://x": "use https",
	} {
		p := b.acts(b.get("/admin/register?kind=server"), "register-form", "register", "name", "Shop", "redirect_uris", uri)
		if p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(p.body, says) || !strings.Contains(p.body, html.EscapeString(uri)) {
			t.Errorf("%s: got %d %s", uri, p.StatusCode, p.body)
		}
	}
}

// TestAnAdministratorInvites somebody, by mail or by a link to hand over.
func TestAnAdministratorInvites(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	p := b.acts(b.works("/admin/invite"), "invite-form", "invite", "email", "dora@example.com", "name", "Dora")
	p.shows(t, "invitation-link")
	if p = b.get("/admin/invite"); strings.Contains(p.body, "invitation-link") || !strings.Contains(p.body, "dora@example.com") {
		t.Errorf("got %s", p.body)
	}
	b.acts(p, "withdraw", "withdraw").does(t, "withdrawn")
	mailing := open(t, "MAIL=ses", "MAIL_FROM=id@example.com").administers()
	b = mailing.browser()
	b.acts(b.works("/admin/invite"), "invite-form", "invite", "email", "dora@example.com").does(t, "on its way")
}

func TestAnAdministratorRotatesKeysAndBrowsesEvents(t *testing.T) {
	b := open(t).administers().browser()
	p := b.works("/admin/keys")
	before := strings.Count(p.body, "<dt>kid</dt>")
	p = b.acts(p, "keys-form", "rotate")
	if p.does(t, "New keys"); strings.Count(p.body, "<dt>kid</dt>") <= before {
		t.Errorf("got %s", p.body)
	}
	b.get("/admin/events?sub=x").shows(t, "admin-events-page")
	if p := b.get("/admin/events?since=yesterday"); p.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("got %d", p.StatusCode)
	}
}

// TestAnAdministratorLetsPeopleSignInByAnotherProvider, whose secret is not shown again.
func TestAnAdministratorLetsPeopleSignInByAnotherProvider(t *testing.T) {
	b := open(t).administers().browser()
	p := b.works("/admin/providers")
	fields := []string{"preset", "openid", "id", "partner", "issuer", "https://partner.example.com", "client_id", "us", "client_secret", "hunter-of-seven-seas"}
	if wrong := b.acts(p, "provider-form", "add", append(fields, "issuer", "http://partner.example.com")...); wrong.StatusCode != http.StatusUnprocessableEntity || strings.Contains(wrong.body, "seven-seas") {
		t.Errorf("got %d %s", wrong.StatusCode, wrong.body)
	}
	p = b.acts(p, "provider-form", "add", fields...)
	if p.does(t, "is added"); !strings.Contains(p.body, issuer+"/upstream/partner/callback") || strings.Contains(p.body, "seven-seas") {
		t.Errorf("got %s", p.body)
	}
	p = b.get("/admin/providers/partner")
	b.acts(p, "delete-form", "delete", "provider", "partne").refused(t, "type the name exactly")
	b.acts(p, "delete-form", "delete", "provider", "partner").does(t, "deleted")
}

// TestTheAdminPageIsForAdministrators: nobody else sees it, though they are signed in, and
// who has left the group does not any more.
// TestEachAdminPageNeedsItsScope: somebody who helps users sees them, and nothing else,
// and changes no administrator.
// TestO10AnAdminFormIsItsSessionsOwn: neither another site's form is taken, nor that of
// another session, nor one of the account page.
// TestO41AdministratorsProveThemselvesAgain: after an hour for anything, after ten minutes
// for what is dangerous, and then come back to the page.
