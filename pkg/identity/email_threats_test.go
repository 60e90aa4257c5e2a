package identity_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// O43: an address with letters that look like others finds nobody, and mail for who is
// found goes to the address as it is kept.
func TestO43AnAddressThatLooksLikeAnotherFindsNobody(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, confirmed("alice", "Mike@Example.com", true))
	add(t, users, confirmed("mallory", "m\u0131ke@example.com", true))
	for _, typed := range []string{"m\u0131ke@example.com", "M\u0130KE@example.com", "mi\u200bke@example.com", "mike@examp\u217ce.com\u202e"} {
		if got := finds(t, users, typed); got != "" {
			t.Errorf("%q finds %s", typed, got)
		}
	}
	found, err := users.Named(t.Context(), "MIKE@EXAMPLE.COM")
	if err != nil || found.ID != alice.ID || found.Email != "Mike@Example.com" {
		t.Errorf("mail would go to %s of %s: %v", found.Email, found.Username, err)
	}
}

// O44: who claims an address before its owner does gains nothing by it.
func TestO44AnUnconfirmedAddressIsNobodys(t *testing.T) {
	users := newUsers(t)
	mallory := add(t, users, confirmed("mallory", "jo@example.com", false))
	password, err := users.HashPassword(t.Context(), rightPassword, "jo@example.com")
	if err != nil {
		t.Fatal(err)
	}
	jo, err := users.SignUp(t.Context(), confirmed("", "jo@example.com", true), password, true)
	if err != nil {
		t.Fatalf("the owner cannot sign up: %v", err)
	}
	if got := finds(t, users, "jo@example.com"); got != jo.Username {
		t.Errorf("it finds %q", got)
	}
	verified := true
	_, err = users.Update(t.Context(), mallory.ID, func(user *identity.User) error { user.EmailVerified = &verified; return nil })
	if got := finds(t, users, "jo@example.com"); err != nil || got != jo.Username {
		t.Errorf("it finds %q: %v", got, err)
	}
}

// Of any number who confirm one address at once, one is found by it, and all have it.
func TestTheRaceForAnAddress(t *testing.T) {
	users := newUsers(t)
	var people []identity.User
	for _, name := range []string{"a", "b", "c", "d"} {
		people = append(people, add(t, users, confirmed(name+name, name+"@example.com", true)))
	}
	var group sync.WaitGroup
	for _, each := range people {
		group.Go(func() {
			if _, err := users.ConfirmEmail(t.Context(), each.ID, each.Email, "wanted@example.com"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := finds(t, users, "wanted@example.com"); got == "" {
		t.Error("nobody is found")
	}
	for _, each := range people {
		if got := finds(t, users, each.Email); got != "" {
			t.Errorf("%s finds %q still", each.Email, got)
		}
	}
}

// O38: whoever guesses at an address locks it and not the name, which would tell whose it
// is; and an administrator sees and ends both.
func TestO38AnAddressIsLockedByItselfAndUnlockedWithItsAccount(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, confirmed("alice", "alice@example.com", true))
	carol := add(t, users, confirmed("carol@example.com", "carol@example.com", true)) // one name, one count
	for n := range lockout.Attempts {
		_, _ = users.SignIn(t.Context(), "Alice@example.com", "not the password", "198.51.100."+strconv.Itoa(n+1))
	}
	if _, err := users.SignIn(t.Context(), "alice@example.com", rightPassword, home); !errors.Is(err, store.ErrLimit) {
		t.Errorf("by the address: got %v", err)
	}
	if _, err := users.SignIn(t.Context(), "alice", rightPassword, home); err != nil {
		t.Errorf("by the name: got %v", err)
	}
	if locked, err := users.Locked(t.Context(), alice); err != nil || !locked {
		t.Errorf("locked: got %v %v", locked, err)
	}
	for _, user := range []identity.User{alice, carol} {
		if err := users.Unlock(t.Context(), user.ID); err != nil {
			t.Fatal(err)
		}
	}
	if locked, err := users.Locked(t.Context(), alice); err != nil || locked {
		t.Errorf("unlocked: got %v %v", locked, err)
	}
	if _, err := users.SignIn(t.Context(), "alice@example.com", rightPassword, home); err != nil {
		t.Errorf("unlocked: got %v", err)
	}
}

// reads counts what is read of a table.
type reads struct {
	store.Table
	mu sync.Mutex
	n  int
}

func (r *reads) Get(ctx context.Context, key store.Key) (store.Record, error) {
	r.mu.Lock()
	r.n++
	r.mu.Unlock()
	return r.Table.Get(ctx, key)
}

// O37: to sign in by an address costs the same reads and hashes whether it is somebody's
// username, finds somebody, waits unconfirmed with somebody, or is nobody's.
func TestO37AnAddressCostsTheSameForEverybody(t *testing.T) {
	table, state := tables(t)
	counted := &reads{Table: table}
	users := identity.NewUsers(counted, state, lockout)
	add(t, users, confirmed("alice", "alice@example.com", true))
	add(t, users, confirmed("bob", "bob@example.com", false))
	add(t, users, confirmed("carol@example.com", "carol@example.com", true))
	want, hashes := -1, int64(1)
	for _, typed := range []string{"alice@example.com", "bob@example.com", "carol@example.com", "nobody@example.com"} {
		_, _ = users.SignIn(t.Context(), typed, "warm the caches up", home)
		counted.n = 0
		before := users.HashCalls()
		if _, err := users.SignIn(t.Context(), typed, "not the password", home); code(err) != oauth.InvalidGrant {
			t.Errorf("%s: got %v", typed, err)
		}
		if want < 0 {
			want = counted.n
		}
		if got := users.HashCalls() - before; counted.n != want || got != hashes {
			t.Errorf("%s: %d reads and %d hashes, want %d and %d", typed, counted.n, got, want, hashes)
		}
	}
}
