package pages_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// The consent page says what would be given: attributes by their names, and nothing that
// the person does not hold.
func TestConsentNamesAttributesAndWhatIsHeld(t *testing.T) {
	s := open(t)
	_, err := s.people.AddAttribute(t.Context(), oauth.Attribute{Name: "department", Scope: "employment"})
	must(t, err)
	_, err = s.people.AddGroup(t.Context(), identity.Group{Name: "helpdesk", Scope: oauth.Scope{"admin:users:read"}})
	must(t, err)
	alice, err := s.people.ByUsername(t.Context(), "alice")
	must(t, err)
	_, err = s.people.Join(t.Context(), alice.ID, "helpdesk")
	must(t, err)
	_, err = s.people.SetAttributes(t.Context(), alice.ID, identity.Values{"department": json.RawMessage(`"Wonderland"`)})
	must(t, err)
	s.register("desk", func(m *oauth.ClientMetadata) {
		m.Scope = oauth.Scope{"openid", "groups", "roles", "employment", "admin:users:read", "admin:users:write"}
	})
	b := s.browser()
	p := b.follow(b.get(request("desk", "scope", "openid groups roles employment admin:users:read admin:users:write")))
	p = b.follow(b.submit(p, "username", "alice", "password", password))
	for _, want := range []string{"which groups", "which roles", "See “department”", "Administer this service: “admin:users:read”"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the consent page does not say %q: %s", want, p.body)
		}
	}
	if strings.Contains(p.body, "admin:users:write") {
		t.Errorf("alice is asked for what she does not hold: %s", p.body)
	}
	b.submit(p, "decision", "approve")
	given, err := s.issuer.Consents(t.Context(), alice.ID)
	if err != nil || len(given) != 1 || given[0].Scope.Has("admin:users:write") || !given[0].Scope.Has("admin:users:read") {
		t.Errorf("agreed to %v, %v", given, err)
	}
}
