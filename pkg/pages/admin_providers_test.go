package pages_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// TestAnAdministratorAddsAProviderOfEachKind by what it needs, and what it lacks is asked
// for; a private key is not shown again.
func TestAnAdministratorAddsAProviderOfEachKind(t *testing.T) {
	s := open(t).administers()
	b := s.browser()
	b.works("/admin/providers")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	pemKey := strings.ReplaceAll(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})), "\n", "\r\n")
	for name, c := range map[string]struct {
		without, says string
		fields        []string
		good          func(upstream.Provider) bool
	}{
		"apple": {"team_id", "team_id", []string{"team_id", "TEAM", "key_id", "KEY", "client_secret", pemKey}, func(p upstream.Provider) bool {
			return p.TeamID == "TEAM" && p.KeyID == "KEY" && p.Auth == upstream.AppleSecret && p.Name == "Apple"
		}},
		"entra": {"tenant", "directory", []string{"tenant", "11111111-2222-3333-4444-555555555555", "client_secret", "a secret"}, func(p upstream.Provider) bool {
			return strings.HasSuffix(p.Issuer, "/11111111-2222-3333-4444-555555555555/v2.0") && len(p.Tenants) == 0
		}},
		"okta": {"issuer", "issuer", []string{"issuer", "https://example.okta.com", "client_secret", "a secret"}, func(p upstream.Provider) bool {
			return p.RequireAuthTime && !p.CreateUsers
		}},
		"github": {"client_secret", "client secret", []string{"client_secret", "a secret"}, func(p upstream.Provider) bool { return p.Kind == upstream.GitHub }},
	} {
		form := b.get("/admin/providers?preset=" + name)
		fields := append([]string{"id", name, "client_id", "us"}, c.fields...)
		wrong := b.acts(form, "provider-form", "add", append(slices.Clone(fields), c.without, "")...)
		if wrong.refused(t, c.says); strings.Contains(wrong.body, "PRIVATE KEY") || strings.Contains(wrong.body, "a secret") {
			t.Errorf("%s: the secret is shown: %s", name, wrong.body)
		}
		b.acts(wrong, "provider-form", "add", fields...).does(t, "is added")
		if made, err := s.upstream.Providers.Get(t.Context(), name); err != nil || !c.good(made) {
			t.Errorf("%s: got %+v, %v", name, made, err)
		}
	}
	b.acts(b.get("/admin/providers?preset=entra"), "provider-form", "add", "id", "many", "client_id", "us", "client_secret", "a secret", "tenant", "a b").does(t, "is added")
	if made, err := s.upstream.Providers.Get(t.Context(), "many"); err != nil || !slices.Equal(made.Tenants, []string{"a", "b"}) {
		t.Errorf("got %+v, %v", made, err)
	}
	b.acts(b.get("/admin/providers"), "provider-form", "add", "preset", "unheard-of", "id", "x").refused(t, "choose what kind")
}
