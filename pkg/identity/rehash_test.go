package identity_test

import (
	"context"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// meanwhile does something once, after the record at a key was read and before its
// reader goes on.
type meanwhile struct {
	store.Table
	key  store.Key
	then func()
}

func (m *meanwhile) Get(ctx context.Context, key store.Key) (store.Record, error) {
	record, err := m.Table.Get(ctx, key)
	if then := m.then; key == m.key && then != nil {
		m.then = nil
		then()
	}
	return record, err
}

// A sign-in that computes a stronger hash has read the person a while ago. What was
// changed since must stand, or a disabled person and a withdrawn password come back.
func TestARehashUndoesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*identity.Users, identity.User) error
		next   oauth.Code // of a sign-in with the password of before
	}{
		"nothing happens":    {func(*identity.Users, identity.User) error { return nil }, ""},
		"disabled meanwhile": {func(u *identity.Users, user identity.User) error { return u.Disable(t.Context(), user.ID) }, oauth.InvalidGrant},
		"another password": {func(u *identity.Users, user identity.User) error {
			return u.SetPassword(t.Context(), user.ID, "five score and eight")
		}, oauth.InvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			table, state := tables(t)
			admin := identity.NewUsers(table, state, lockout)
			user := add(t, admin, identity.NewUser{Username: "alice", PasswordHash: phc(password, "somesaltsomesalt", 4096, 1, 1)})
			slow := &meanwhile{Table: table, key: store.Key{Partition: identity.Partition(user.ID), Sort: "user"}}
			slow.then = func() {
				if err := c.change(admin, user); err != nil {
					t.Error(err)
				}
			}
			if _, err := identity.NewUsers(slow, state, lockout).SignIn(t.Context(), "alice", password, home); err != nil {
				t.Fatal(err)
			}
			if _, err := admin.SignIn(t.Context(), "alice", password, home); code(err) != c.next {
				t.Errorf("got %v, want %q", err, c.next)
			}
		})
	}
}
