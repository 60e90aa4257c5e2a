package identity_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func TestUpdateMovesResources(t *testing.T) {
	clients, _ := newClients(t)
	register(t, clients, identity.Registration{ID: "other", ClientMetadata: oauth.ClientMetadata{Resource: []string{"taken"}}})
	register(t, clients, identity.Registration{ID: "api", ClientMetadata: oauth.ClientMetadata{Resource: []string{"a", "b"}}})
	to := func(identifiers ...string) error {
		_, err := clients.Update(t.Context(), "api", func(m *oauth.ClientMetadata) error { m.Resource = identifiers; return nil })
		return err
	}
	if err := to("a", "taken"); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("to a taken identifier: %v", err)
	}
	if err := to("b", "c"); err != nil {
		t.Fatal(err)
	}
	for identifier, found := range map[string]bool{"a": false, "b": true, "c": true} {
		if _, err := clients.Resource(t.Context(), identifier); errors.Is(err, store.ErrNotFound) == found {
			t.Errorf("resource %s: %v", identifier, err)
		}
	}
}

func TestEverythingByWhichAClientIsFoundCanChangeAtOnce(t *testing.T) {
	clients, _ := newClients(t)
	full := func(of string) (m oauth.ClientMetadata) {
		for i := range 20 {
			m.Resource = append(m.Resource, fmt.Sprintf("%s-%d", of, i))
			m.AllowedCORSOrigins = append(m.AllowedCORSOrigins, fmt.Sprintf("https://%s-%d.example.com", of, i))
		}
		return m
	}
	register(t, clients, identity.Registration{ID: "api", ClientMetadata: full("old")})
	_, err := clients.Update(t.Context(), "api", func(m *oauth.ClientMetadata) error { *m = full("new"); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if got, err := clients.Resource(t.Context(), "new-19"); err != nil || got.ID != "api" {
		t.Errorf("got %s, %v", got.ID, err)
	}
}

func TestUpdateKeepsTheRulesOfRegistration(t *testing.T) {
	clients, _ := newClients(t)
	before, _ := register(t, clients, identity.Registration{ID: "app"})
	for name, change := range map[string]func(*oauth.ClientMetadata){
		"no longer confidential": func(m *oauth.ClientMetadata) {
			m.TokenEndpointAuthMethod, m.GrantTypes = oauth.NoAuth, []oauth.GrantType{oauth.Password}
		},
		"HS256 with a secret only hashed":    func(m *oauth.ClientMetadata) { m.IDTokenSignedResponseAlg = oauth.HS256 },
		"an unknown grant":                   func(m *oauth.ClientMetadata) { m.GrantTypes = []oauth.GrantType{"implicit"} },
		"a redirect URI that a browser runs": func(m *oauth.ClientMetadata) { m.RedirectURIs = []string{"javascript:alert(1)"} },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := clients.Update(t.Context(), "app", func(m *oauth.ClientMetadata) error { change(m); return nil })
			if got := code(err); got != oauth.InvalidClientMetadata && got != oauth.InvalidRedirectURI {
				t.Errorf("got %v", err)
			}
		})
	}
	after, err := clients.Get(t.Context(), "app")
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestASecretIsUnsealedForGoodWithoutHS256(t *testing.T) {
	clients, _ := newClients(t)
	register(t, clients, identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{IDTokenSignedResponseAlg: oauth.HS256}})
	after, err := clients.Update(t.Context(), "app", func(m *oauth.ClientMetadata) error { m.IDTokenSignedResponseAlg = oauth.ES256; return nil })
	if err != nil || len(after.Secrets) != 1 || after.Secrets[0].Sealed != nil {
		t.Errorf("%v, secrets %+v; want one, without its sealed form", err, after.Secrets)
	}
}

func TestNoChangeOfAClientIsLost(t *testing.T) {
	clients, _ := newClients(t)
	register(t, clients, identity.Registration{ID: "app"})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			_, err := clients.Update(t.Context(), "app", func(m *oauth.ClientMetadata) error {
				m.Contacts = append(m.Contacts, fmt.Sprintf("%d@example.com", i))
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := clients.Get(t.Context(), "app"); err != nil || len(got.Contacts) != 16 {
		t.Errorf("%d of 16 changes stand, %v", len(got.Contacts), err)
	}
}
