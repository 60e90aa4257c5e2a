package pages_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// refused reports whether the page says that nothing was done, and why.
func (p page) refused(t testing.TB, why string) {
	t.Helper()
	if p.shows(t, "admin-error"); p.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(html.UnescapeString(p.body), why) {
		t.Errorf("got %d %s, want it to say %q", p.StatusCode, p.body, why)
	}
}

const overtaken = "somebody else has changed it"

func TestAnAdministratorWithdrawsAConsent(t *testing.T) {
	s := open(t).administers()
	bob := s.account("bob").ID
	must(t, s.issuer.GrantConsent(t.Context(), bob, "app", oauth.Scope{"openid", "email"}, issue.ClaimsRequest{}))
	b := s.browser()
	b.works("/admin")
	p := b.get("/admin/people/" + bob)
	if p.shows(t, "person-consents"); !strings.Contains(p.body, "openid email") || !strings.Contains(p.body, `href="/admin/clients/app"`) {
		t.Errorf("got %s", p.body)
	}
	if p := b.acts(p, "withdraw-consent", "withdraw-consent", "client", "first"); p.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a consent that there is not: got %d", p.StatusCode)
	}
	if p = b.acts(p, "withdraw-consent", "withdraw-consent"); strings.Contains(p.body, "person-consents") {
		t.Errorf("got %s", p.body)
	}
	p.does(t, "The consent is withdrawn")
	if given, err := s.issuer.Consents(t.Context(), bob); err != nil || len(given) != 0 {
		t.Errorf("got %v, %v", given, err)
	}
}

// TestAnAdministratorSeesWhatAClientHasWithoutAsking, as the account page shows it to the
// person, and takes it back.
func TestAnAdministratorSeesWhatAClientHasWithoutAsking(t *testing.T) {
	s := open(t).administers()
	theirs := s.browser()
	theirs.signIn("bob")
	answer := theirs.get(request("first", "scope", "openid profile offline_access")).answer()
	tokens := map[string]any{}
	got := theirs.post("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback}, "client_id": {"first"}, "code_verifier": {verifier},
	})
	must(t, json.Unmarshal([]byte(got.body), &tokens))
	if tokens["refresh_token"] == nil {
		t.Fatalf("got %s", got.body)
	}
	if p := theirs.opens("/account/access", "bob"); !strings.Contains(p.body, `value="first"`) {
		t.Errorf("the account page: got %s", p.body)
	}
	b := s.browser()
	b.works("/admin")
	p := b.get("/admin/people/" + s.account("bob").ID)
	if p.shows(t, "person-consents"); !strings.Contains(p.body, `href="/admin/clients/first"`) || !strings.Contains(p.body, "openid profile") {
		t.Errorf("got %s", p.body)
	}
	p = b.acts(p, "withdraw-consent", "withdraw-consent", "client", "first")
	if p.does(t, "The consent is withdrawn"); strings.Contains(p.body, "person-consents") {
		t.Errorf("got %s", p.body)
	}
	if p := theirs.get("/account/access"); strings.Contains(p.body, `value="first"`) {
		t.Errorf("the account page: got %s", p.body)
	}
}

// TestAnAdministratorChangesAClient: what the form names, and nothing else; a mistake is
// explained, and what was typed comes back with it.
func TestAnAdministratorChangesAClient(t *testing.T) {
	s := open(t).administers()
	s.register("shop", func(m *oauth.ClientMetadata) { m.Contacts = []string{"shop@example.com"} })
	b := s.browser()
	p := b.works("/admin/clients/shop/edit")
	for says, fields := range map[string][]string{
		"has a wildcard":               {"redirect_uris", "https://*.example.com/"},
		"use https":                    {"redirect_uris", callback + "\r\nhttp://shop.example.com/"},
		"is no origin":                 {"allowed_cors_origins", "https://shop.example.com/"},
		"a number of seconds":          {"access_token_lifetime", "an hour"},
		"access_token_lifetime must":   {"access_token_lifetime", "1"},
		"post_logout_redirect_uris":    {"post_logout_redirect_uris", "shop.example.com"},
		"authorization_code needs red": {"redirect_uris", " "},
	} {
		wrong := b.acts(p, "client-form", "change", append([]string{"name", "Typed", "redirect_uris", callback}, fields...)...)
		if wrong.refused(t, says); !strings.Contains(wrong.body, `value="Typed"`) || !strings.Contains(wrong.body, html.EscapeString(fields[1])) {
			t.Errorf("%s: what was typed is lost: %s", says, wrong.body)
		}
	}
	p = b.acts(p, "client-form", "change", "name", "Shop", "redirect_uris", callback+"\r\nhttps://shop.example.com/back", "scope", "openid",
		"audience", "https://api.example.com", "allowed_cors_origins", "https://shop.example.com", "access_token_lifetime", "600",
		"post_logout_redirect_uris", "https://shop.example.com/bye", "skip_consent", "yes")
	p.does(t, "The client is changed")
	got, err := s.clients.Get(t.Context(), "shop")
	if err != nil || got.ClientName != "Shop" || len(got.RedirectURIs) != 2 || got.Scope.String() != "openid" || !got.SkipConsent ||
		got.AccessTokenLifetime != 600 || len(got.AllowedCORSOrigins)*len(got.Audience)*len(got.PostLogoutRedirectURIs) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	if !slices.Equal(got.Contacts, []string{"shop@example.com"}) || !got.Allows(oauth.RefreshToken) {
		t.Errorf("what the form does not name was changed: %+v", got)
	}
}

// TestWhatTheFormOfAClientDoesNotAskForStays: of a client that acts for itself all that is
// about signing people in, and a redirect URI that would be explained, but is registered.
func TestWhatTheFormOfAClientDoesNotAskForStays(t *testing.T) {
	s := open(t).administers()
	s.register("robot", func(m *oauth.ClientMetadata) {
		m.TokenEndpointAuthMethod, m.GrantTypes, m.RedirectURIs = oauth.ClientSecretBasic, []oauth.GrantType{oauth.ClientCredentials}, nil
		m.AllowedCORSOrigins = []string{"https://robot.example.com"}
	})
	s.register("starred", func(m *oauth.ClientMetadata) { m.RedirectURIs = []string{"https://app.example.com/*"} })
	b := s.browser()
	p := b.works("/admin/clients/robot/edit")
	b.acts(p, "client-form", "change", "name", "Robot", "allowed_cors_origins", "https://other.example.com").does(t, "changed")
	got, err := s.clients.Get(t.Context(), "robot")
	if err != nil || got.ClientName != "Robot" || !slices.Equal(got.AllowedCORSOrigins, []string{"https://robot.example.com"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	b.acts(b.get("/admin/clients/starred/edit"), "client-form", "change", "name", "Starred", "redirect_uris", "https://app.example.com/*").does(t, "changed")
}

// TestAFormThatWasOvertakenChangesNothing: what somebody else did since it was loaded
// would be undone without a word, so it is refused, as without If-Match at the API.
func TestAFormThatWasOvertakenChangesNothing(t *testing.T) {
	s := open(t).administers()
	s.register("shop", func(m *oauth.ClientMetadata) { m.TokenEndpointAuthMethod = oauth.ClientSecretBasic })
	_, _, err := s.clients.RotateSecret(t.Context(), "shop", identity.MaxSecretOverlap)
	must(t, err)
	_, err = s.people.AddGroup(t.Context(), identity.Group{Name: "staff"})
	must(t, err)
	s.partner()
	bob := s.account("bob").ID
	b := s.browser()
	b.works("/admin")
	edit, client, group, person := b.get("/admin/clients/shop/edit"), b.get("/admin/clients/shop"), b.get("/admin/groups/staff"), b.get("/admin/people/"+bob)
	provider := b.get("/admin/providers/partner")
	forms := []struct {
		of        page
		form, act string
		fields    []string
	}{
		{edit, "client-form", "change", []string{"name", "Mine", "redirect_uris", callback}},
		{client, "withdraw-secret", "withdraw-secret", nil},
		{client, "delete-form", "delete", []string{"client_id", "shop"}},
		{group, "change-form", "change", []string{"description", "mine"}},
		{group, "delete-form", "delete", []string{"name", "staff"}},
		{person, "delete-form", "delete", []string{"username", "bob"}},
		{provider, "provider-form", "change", []string{"name", "Mine"}},
		{provider, "delete-form", "delete", []string{"provider", "partner"}},
	}
	for _, f := range forms {
		b.acts(f.of, f.form, f.act, append(f.fields, "version", "")...).refused(t, overtaken)
	}
	_, err = s.clients.Update(t.Context(), "shop", func(m *oauth.ClientMetadata) error { m.ClientName = "Theirs"; return nil })
	must(t, err)
	_, err = s.people.UpdateGroup(t.Context(), "staff", func(g *identity.Group) error { g.Description = "theirs"; return nil })
	must(t, err)
	_, err = s.people.Update(t.Context(), bob, func(u *identity.User) error { u.Name = "Theirs"; return nil })
	must(t, err)
	_, err = s.upstream.Providers.Update(t.Context(), "partner", "", func(p *upstream.Settings) error { p.Name = "Theirs"; return nil })
	must(t, err)
	for _, f := range forms {
		p := b.acts(f.of, f.form, f.act, f.fields...)
		if p.refused(t, overtaken); strings.Contains(strings.ToLower(p.body), `value="mine"`) {
			t.Errorf("%s: what was typed stands over what somebody else did: %s", f.form, p.body)
		}
	}
	shop, err := s.clients.Get(t.Context(), "shop")
	staff, err2 := s.people.Group(t.Context(), "staff")
	partner, err3 := s.upstream.Providers.Get(t.Context(), "partner")
	if err3 != nil || partner.Name != "Theirs" {
		t.Errorf("got %+v, %v", partner, err3)
	}
	if err != nil || err2 != nil || shop.ClientName != "Theirs" || len(shop.Secrets) != 2 || staff.Description != "theirs" || s.account("bob").Name != "Theirs" {
		t.Errorf("got %+v, %+v, %v, %v", shop, staff, err, err2)
	}
	// Of a mistake the form comes back at the version that its reader has seen.
	wrong := b.acts(b.get("/admin/clients/shop/edit"), "client-form", "change", "redirect_uris", "nothing")
	_, err = s.clients.Update(t.Context(), "shop", func(m *oauth.ClientMetadata) error { m.ClientName = "Theirs again"; return nil })
	must(t, err)
	b.acts(wrong, "client-form", "change", "redirect_uris", callback).refused(t, overtaken)
}

// TestAnAdministratorWithdrawsASecret: of two, either; never the only one.
func TestAnAdministratorWithdrawsASecret(t *testing.T) {
	s := open(t).administers()
	s.register("shop", func(m *oauth.ClientMetadata) { m.TokenEndpointAuthMethod = oauth.ClientSecretBasic })
	b := s.browser()
	p := b.works("/admin/clients/shop")
	if strings.Contains(p.body, `class="withdraw-secret"`) {
		t.Error("the only secret can be withdrawn")
	}
	for _, place := range identity.SecretPlaces() {
		before, err := s.clients.Get(t.Context(), "shop")
		must(t, err)
		p = b.acts(b.get("/admin/clients/shop"), "rotate-form", "rotate")
		p = b.acts(p, "withdraw-secret", "withdraw-secret", "secret", place)
		p.does(t, "The secret is withdrawn")
		after, err := s.clients.Get(t.Context(), "shop")
		must(t, err)
		stays := string(after.Secrets[0].Hash) == string(before.Secrets[0].Hash)
		if len(after.Secrets) != 1 || stays != (place == "current") || !after.Secrets[0].Expires.IsZero() {
			t.Errorf("%s: got %+v", place, after.Secrets)
		}
	}
}

func TestAnAdministratorWithdrawsKeys(t *testing.T) {
	b := open(t).administers().browser()
	p := b.works("/admin/keys")
	if !strings.Contains(p.body, "All tokens that were signed by them are void") {
		t.Errorf("got %s", p.body)
	}
	b.acts(p, "withdraw-form", "withdraw", "alg", "").refused(t, "type the algorithm")
	b.acts(p, "withdraw-form", "withdraw", "alg", "HS256").refused(t, "there are no keys for HS256")
	before := kid(p)
	p = b.acts(p, "withdraw-form", "withdraw", "alg", "ES256")
	if p.does(t, "withdrawn"); kid(p) == before || strings.Contains(p.body, before) {
		t.Errorf("got %s, want none with %s", p.body, before)
	}
}

// kid is the ID of the first ES256 key that the page lists.
func kid(p page) string {
	_, rest, _ := strings.Cut(p.body, "<h2>ES256")
	_, rest, _ = strings.Cut(rest, "<dt>kid</dt><dd><code>")
	id, _, _ := strings.Cut(rest, "<")
	return id
}
