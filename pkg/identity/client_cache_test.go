package identity_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestWhatAnotherInstanceChangedIsSeenAtOnce(t *testing.T) {
	table, _ := tables(t)
	here, there := identity.NewClients(table, nil), identity.NewClients(table, nil)
	_, _, err := here.Add(t.Context(), identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.ClientSecretBasic, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, Scope: oauth.Scope{"read", "write"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := here.Get(t.Context(), "app")
	if err != nil {
		t.Fatal(err)
	}
	_ = append(first.Scope, "admin")
	if again, _ := here.Get(t.Context(), "app"); again.Scope.String() != "read write" {
		t.Errorf("got %s", again.Scope)
	}
	_, err = there.Update(t.Context(), "app", func(m *oauth.ClientMetadata) error {
		m.Scope = oauth.Scope{"read"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := here.Get(t.Context(), "app"); err != nil || changed.Scope.String() != "read" {
		t.Errorf("got %s, %v", changed.Scope, err)
	}
	if err := there.Delete(t.Context(), "app"); err != nil {
		t.Fatal(err)
	}
	if gone, err := here.Get(t.Context(), "app"); code(err) != oauth.InvalidClient {
		t.Errorf("got %v, %v", gone, err)
	}
}
