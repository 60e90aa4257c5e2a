package identity_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func register(t testing.TB, clients *identity.Clients, r identity.Registration) (oauth.Client, oauth.Secret) {
	t.Helper()
	client, secret, err := clients.Add(t.Context(), r)
	if err != nil {
		t.Fatalf("add client %s: %v", r.ID, err)
	}
	return client, secret
}

func TestAddedClientsAreFound(t *testing.T) {
	clients, _ := newClients(t)
	added, secret := register(t, clients, identity.Registration{ClientMetadata: oauth.ClientMetadata{
		ClientName: "App", Resource: []string{"https://api.example.com", "urn:example:api"},
	}})
	if len(added.ID) < 26 || len(secret) < identity.MinSecretBytes {
		t.Errorf("an id of %d characters, a secret of %d", len(added.ID), len(secret))
	}
	byID, err := clients.Get(t.Context(), added.ID)
	if err != nil {
		t.Fatal(err)
	}
	byResource, err := clients.Resource(t.Context(), "urn:example:api")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(added, byID) + cmp.Diff(added, byResource); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"", "unknown", "with space", "nul\x00", strings.Repeat("x", 5000)} {
		if _, err := clients.Get(t.Context(), id); code(err) != oauth.InvalidClient || !errors.Is(err, store.ErrNotFound) {
			t.Errorf("get %.20q: %v", id, err)
		}
	}
	for _, identifier := range []string{"", "urn:example", "https://api.example.com/", strings.Repeat("x", 5000)} {
		if _, err := clients.Resource(t.Context(), identifier); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("resource %.20q: %v", identifier, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	clients, _ := newClients(t)
	for name, c := range map[string]struct {
		given  oauth.ClientMetadata
		grants []oauth.GrantType
	}{
		"a client acts for itself":       {oauth.ClientMetadata{}, []oauth.GrantType{oauth.ClientCredentials}},
		"a resource server asks nothing": {oauth.ClientMetadata{Resource: []string{"api"}}, nil},
		"what is named is kept": {
			oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.Password}},
			[]oauth.GrantType{oauth.Password},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := register(t, clients, identity.Registration{ClientMetadata: c.given})
			if diff := cmp.Diff(c.grants, client.GrantTypes); diff != "" || client.TokenEndpointAuthMethod != oauth.ClientSecretBasic {
				t.Errorf("%s %s", client.TokenEndpointAuthMethod, diff)
			}
		})
	}
}

func TestRegistrationHasTheNamesOfRFC7591(t *testing.T) {
	var r identity.Registration
	err := json.Unmarshal([]byte(`{
		"client_id": "app", "client_secret": "0123456789abcdef0123456789abcdef", "client_name": "App",
		"redirect_uris": ["https://app.example.com/back"], "grant_types": ["password", "refresh_token"],
		"token_endpoint_auth_method": "client_secret_post", "scope": "openid profile", "contacts": ["a@example.com"]
	}`), &r)
	if err != nil {
		t.Fatal(err)
	}
	clients, _ := newClients(t)
	got, secret := register(t, clients, r)
	want := oauth.ClientMetadata{
		ClientName: "App", RedirectURIs: []string{"https://app.example.com/back"}, Contacts: []string{"a@example.com"},
		GrantTypes:              []oauth.GrantType{oauth.Password, oauth.RefreshToken},
		TokenEndpointAuthMethod: oauth.ClientSecretPost, Scope: oauth.Scope{"openid", "profile"},
	}
	if diff := cmp.Diff(want, got.ClientMetadata); diff != "" || got.ID != "app" || secret != r.Secret {
		t.Errorf("%s %s", got.ID, diff)
	}
}

func TestOneWinnerForAClientIDAndAResource(t *testing.T) {
	clients, _ := newClients(t)
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			r := identity.Registration{ID: "app"}
			if i%2 == 0 {
				r = identity.Registration{ID: fmt.Sprintf("app-%d", i), ClientMetadata: oauth.ClientMetadata{Resource: []string{"shared", fmt.Sprintf("r%d", i)}}}
			}
			switch _, _, err := clients.Add(t.Context(), r); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, identity.ErrTaken) || code(err) != oauth.InvalidClientMetadata:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, _, err := clients.List(t.Context(), "", store.Page{})
	if err != nil || won.Load() != 2 || len(all) != 2 {
		t.Errorf("%d won, %d stand, %v; want 2 and 2", won.Load(), len(all), err)
	}
	owner, err := clients.Resource(t.Context(), "shared")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 32 {
		_, err := clients.Resource(t.Context(), fmt.Sprintf("r%d", i))
		if got := err == nil; got != (owner.ID == fmt.Sprintf("app-%d", i)) {
			t.Errorf("a loser's resource r%d stands", i)
		}
	}
}

func TestClientsAreListedInOrder(t *testing.T) {
	clients, _ := newClients(t)
	for i := range 60 {
		register(t, clients, identity.Registration{ID: fmt.Sprintf("app-%02d", 59-i)})
	}
	register(t, clients, identity.Registration{ID: "other"})
	first, page, err := clients.List(t.Context(), "app", store.Page{Limit: 40})
	if err != nil {
		t.Fatal(err)
	}
	second, last, err := clients.List(t.Context(), "app", page)
	if err != nil || last != (store.Page{}) || len(first) != 40 || len(second) != 20 {
		t.Fatalf("pages of %d and %d, then %v, %v", len(first), len(second), last, err)
	}
	for i, client := range append(first, second...) {
		if want := fmt.Sprintf("app-%02d", i); client.ID != want {
			t.Errorf("got %s, want %s", client.ID, want)
		}
	}
}

func TestDeletedClientsFreeTheirResources(t *testing.T) {
	clients, _ := newClients(t)
	register(t, clients, identity.Registration{ID: "api", ClientMetadata: oauth.ClientMetadata{Resource: []string{"a", "b"}}})
	if err := clients.Delete(t.Context(), "api"); err != nil {
		t.Fatal(err)
	}
	for _, identifier := range []string{"a", "b"} {
		if _, err := clients.Resource(t.Context(), identifier); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("resource %s of a deleted client: %v", identifier, err)
		}
	}
	if err := clients.Delete(t.Context(), "api"); code(err) != oauth.InvalidClient {
		t.Errorf("deleted twice: %v", err)
	}
	register(t, clients, identity.Registration{ID: "api", ClientMetadata: oauth.ClientMetadata{Resource: []string{"b"}}})
}
