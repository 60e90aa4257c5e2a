package template_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// TestTheRolesAllowFinishingADeletion has the scheduled function finish the deletion of
// somebody with all that can lie with a person.
func TestTheRolesAllowFinishingADeletion(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	ctx := t.Context()
	people := identity.NewUsers(d.users, d.state, identity.Lockout{})
	alice, err := people.ByUsername(ctx, "alice")
	check(t, err)
	verified := true
	_, err = people.Update(ctx, alice.ID, func(u *identity.User) error {
		u.Email, u.EmailVerified = "alice@example.com", &verified
		return nil
	})
	check(t, err)
	d.resident().signIn(doorsPerson)
	if d.signIn(d.as("token").Token(), doorsPerson)["refresh_token"] == nil {
		t.Fatal("alice has no grant")
	}
	d.endow(people, alice)
	check(t, people.BeginDeletion(ctx, alice.ID, ""))
	check(t, d.users.Write(ctx, store.Put(store.Key{Partition: "leaving", Sort: alice.ID}, map[string]any{
		"sub": alice.ID, "since": time.Now().Add(-time.Hour),
	})))
	if done, err := d.as("deliver").Tidy(ctx); err != nil || done.Deletions != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	if _, err := people.Get(ctx, alice.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("alice: %v", err)
	}
}
