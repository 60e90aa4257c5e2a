package pages_test

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// partner adds a provider with settings of every form, some of which no field can write.
func (s *site) partner() upstream.Provider {
	s.t.Helper()
	made, err := s.upstream.Providers.Add(s.t.Context(), "partner", upstream.Settings{
		Name: "Partner", Kind: upstream.OpenID, Issuer: "https://partner.example.com", ClientID: "us", Auth: oauth.ClientSecretPost,
		Scope: oauth.Scope{"openid", "email"}, AssertionAudience: upstream.AudienceTokenEndpoint, ACRValues: []string{"of two words"},
		Trust: upstream.Trust{
			Claims: map[string]string{"name": "display_name"}, RequiredClaims: map[string][]string{"bar": {"a|b"}},
			ACR: map[string]string{"https://partner.example.com/?loa=3": "gold"},
		},
	}, "hunter-of-seven-seas")
	must(s.t, err)
	return made
}

// filled is what a browser sends of a form besides its hidden fields: each text, and the
// boxes that are ticked.
func (p page) filled() []string {
	var fields []string
	for _, pattern := range []string{
		`<input id="([^"]*)" name="[^"]*" type="text" value="([^"]*)"`, `(?s)<textarea id="([^"]*)"[^>]*>(.*?)</textarea>`,
		`type="checkbox" name="([^"]*)" value="([^"]*)" checked`,
	} {
		for _, field := range regexp.MustCompile(pattern).FindAllStringSubmatch(p.body, -1) {
			fields = append(fields, field[1], strings.ReplaceAll(html.UnescapeString(field[2]), "\n", "\r\n"))
		}
	}
	return fields
}

// TestAnAdministratorChangesAProvider: what the form names, as far as it was changed, and
// nothing else; a mistake is explained, and what was typed comes back with it, but for the
// secret.
func TestAnAdministratorChangesAProvider(t *testing.T) {
	s := open(t).administers()
	before := s.partner()
	b := s.browser()
	p := b.works("/admin/providers/partner")
	for says, fields := range map[string][]string{
		"domains must be such as":  {"domains", "example.com\r\nhttps://example.com/"},
		"scope must hold openid":   {"scope", "email"},
		"the place of the button":  {"order", "first"},
		"as NAME=VALUE":            {"claims", "name"},
		"name is there twice":      {"claims", "name=a\r\nname=b"},
		"none that a provider can": {"claims", "sub=id"},
		"as CLAIM=VALUE":           {"required_claims", "hd=a||b"},
		"hd is there twice":        {"required_claims", "hd=a\r\nhd"},
		"name must have 1 to":      {"name", " "},
		`write '=gold' as N`:       {"acr", "=gold"},
	} {
		wrong := b.acts(p, "provider-form", "change", append(append(p.filled(), "client_id", "Typed", "client_secret", "a-new-secret"), fields...)...)
		if wrong.refused(t, says); !strings.Contains(wrong.body, `value="Typed"`) || strings.Contains(wrong.body, "a-new-secret") {
			t.Errorf("%s: got %s", says, wrong.body)
		}
	}
	p = b.acts(p, "provider-form", "change", append(p.filled(), "keep_tokens", "yes")...)
	if p.does(t, "The provider is changed"); !strings.Contains(p.body, `name="keep_tokens" value="yes" checked`) {
		t.Errorf("got %s", p.body)
	}
	want := before.Settings
	want.KeepTokens = true
	s.isProvider(want)
	b.acts(p, "provider-form", "change", append(p.filled(), "keep_tokens", "", "name", "Friends", "client_id", "them", "scope", "openid", "order", "2",
		"domains", "example.com\r\nexample.org", "claims", "nickname=login\r\npicture=", "required_claims", "hd=example.com|example.org\r\nstaff",
		"acr", "silver=bronze", "acr_values", "gold", "hidden", "yes", "client_secret", "another-secret")...).does(t, "changed")
	want = before.Settings
	want.Name, want.ClientID, want.Scope, want.Order, want.Hidden = "Friends", "them", oauth.Scope{"openid"}, 2, true
	want.Domains, want.ACRValues = []string{"example.com", "example.org"}, []string{"gold"}
	want.Claims, want.ACR = map[string]string{"nickname": "login", "picture": ""}, map[string]string{"silver": "bronze"}
	want.RequiredClaims = map[string][]string{"hd": {"example.com", "example.org"}, "staff": {}}
	s.isProvider(want)
	if after, err := s.upstream.Providers.Get(t.Context(), "partner"); err != nil || slices.Equal(after.Sealed, before.Sealed) {
		t.Errorf("the secret is the one before: %v", err)
	}
}

func (s *site) isProvider(want upstream.Settings) {
	s.t.Helper()
	got, err := s.upstream.Providers.Get(s.t.Context(), "partner")
	if diff := cmp.Diff(want, got.Settings); err != nil || diff != "" {
		s.t.Errorf("%v\n%s", err, diff)
	}
}

// TestTheFormOfAProviderAsksForWhatItsKindHas: directories of one that speaks for many, a
// private key in a field of many lines, and no secret where there is none.
func TestTheFormOfAProviderAsksForWhatItsKindHas(t *testing.T) {
	s := open(t).administers()
	s.partner()
	many := upstream.Settings{Name: "Many", Kind: upstream.OpenID, ClientID: "us", Auth: oauth.NoAuth, Scope: oauth.Scope{"openid"}}
	many.ForTenants([]string{"a", "b"})
	_, err := s.upstream.Providers.Add(t.Context(), "many", many, "")
	must(t, err)
	b := s.browser()
	b.works("/admin/providers")
	for id, want := range map[string][2]bool{"partner": {false, true}, "many": {true, false}} {
		p := b.get("/admin/providers/" + id)
		if got := [2]bool{strings.Contains(p.body, `id="tenants"`), strings.Contains(p.body, `id="client_secret"`)}; got != want {
			t.Errorf("%s: got %v, want %v", id, got, want)
		}
	}
	p := b.get("/admin/providers/many")
	b.acts(p, "provider-form", "change", append(p.filled(), "tenants", "c")...).does(t, "changed")
	if got, err := s.upstream.Providers.Get(t.Context(), "many"); err != nil || !slices.Equal(got.Tenants, []string{"c"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	b.get("/admin/providers/nobody").shows(t, "admin-problem-page")
}
