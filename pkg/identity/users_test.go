package identity_test

import (
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

func TestAddedUsersAreFound(t *testing.T) {
	users := newUsers(t)
	verified := true
	added := add(t, users, identity.NewUser{Username: "Alice", Password: password, StandardClaims: oauth.StandardClaims{
		Name: "Alice Liddell", Email: "Alice@example.com", EmailVerified: &verified,
		Address: &oauth.PostalAddress{Locality: "Oxford"},
	}})
	if added.Username != "alice" || len(added.ID) < 26 || added.UpdatedAt != added.Created.Unix() {
		t.Errorf("added %+v", added)
	}
	byID, err := users.Get(t.Context(), added.ID)
	if err != nil {
		t.Fatal(err)
	}
	byName, err := users.ByUsername(t.Context(), "ALICE")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(added, byID) + cmp.Diff(added, byName); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"", "alice", strings.Repeat("x", 5000)} {
		if _, err := users.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) && len(id) < 1000 {
			t.Errorf("get %q: %v", id, err)
		}
	}
	for _, name := range []string{"", "bob", added.ID, "ali ce"} {
		if _, err := users.ByUsername(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("by username %q: %v", name, err)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	users := newUsers(t)
	for name, n := range map[string]identity.NewUser{
		"no username":               {},
		"a password and a hash":     {Username: "a", Password: password, PasswordHash: phc(password, "somesaltsomesalt", 64, 1, 1)},
		"a sub with a space":        {Username: "a", ID: "a b"},
		"a sub of 256 characters":   {Username: "a", ID: strings.Repeat("a", 256)},
		"a sub that is not ASCII":   {Username: "a", ID: "é"},
		"a picture that is code":    {Username: "a", StandardClaims: oauth.StandardClaims{Picture: "javascript:alert(1)"}},
		"a website without host":    {Username: "a", StandardClaims: oauth.StandardClaims{Website: "https:///x"}},
		"a profile of a file":       {Username: "a", StandardClaims: oauth.StandardClaims{Profile: "file:///etc/passwd"}},
		"two mail addresses":        {Username: "a", StandardClaims: oauth.StandardClaims{Email: "a@example.com,b@example.com"}},
		"a mail header":             {Username: "a", StandardClaims: oauth.StandardClaims{Email: "a@example.com\r\nbcc:b@example.com"}},
		"no mail address":           {Username: "a", StandardClaims: oauth.StandardClaims{Email: "@example.com"}},
		"claims of 20 kB":           {Username: "a", StandardClaims: oauth.StandardClaims{Name: strings.Repeat("a", 20<<10)}},
		"a mail address of a novel": {Username: "a", StandardClaims: oauth.StandardClaims{Email: strings.Repeat("a", 300) + "@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := users.Add(t.Context(), n); code(err) != oauth.InvalidRequest {
				t.Errorf("got %v, want invalid_request", err)
			}
		})
	}
	if all, _, err := users.List(t.Context(), "", store.Page{}); err != nil || len(all) > 0 {
		t.Errorf("users after refusals: %v, %v", all, err)
	}
}

func TestOneWinnerForAUsername(t *testing.T) {
	users := newUsers(t)
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			username := "alice"
			if i%2 == 0 {
				username = "ＡＬＩＣＥ"
			}
			switch _, err := users.Add(t.Context(), identity.NewUser{Username: username, ID: fmt.Sprintf("id-%d", i)}); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, identity.ErrTaken) && code(err) == oauth.InvalidRequest:
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 63 {
		t.Errorf("%d won and %d lost, want 1 and 63", won.Load(), lost.Load())
	}
	found := 0
	for i := range 64 {
		if _, err := users.Get(t.Context(), fmt.Sprintf("id-%d", i)); err == nil {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d users stand, want 1", found)
	}
}

func TestASubBelongsToOne(t *testing.T) {
	clients, users := newClients(t)
	add(t, users, identity.NewUser{Username: "alice", ID: "auth0|7"})
	if _, err := users.Add(t.Context(), identity.NewUser{Username: "bob", ID: "auth0|7"}); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("a sub twice: %v", err)
	}
	if _, _, err := clients.Add(t.Context(), identity.Registration{ID: "auth0|7"}); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("a client named as a user: %v", err)
	}
	if _, _, err := clients.Add(t.Context(), identity.Registration{ID: "app"}); err != nil {
		t.Fatal(err)
	}
	if _, err := users.Add(t.Context(), identity.NewUser{Username: "bob", ID: "app"}); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("a user named as a client: %v", err)
	}
	if _, err := users.ByUsername(t.Context(), "bob"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a refused user's name: %v", err)
	}
}

func TestAUserNeverShowsThePassword(t *testing.T) {
	users := newUsers(t)
	user := add(t, users, identity.NewUser{Username: "alice", Password: password})
	if shown := fmt.Sprintf("%+v", user); strings.Contains(shown, "argon2id") || strings.Contains(shown, string(password)) {
		t.Errorf("a user shows %s", shown)
	}
}
