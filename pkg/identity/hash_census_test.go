package identity_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// Once nobody has an imported hash any more, sign-ins cost one hash again.
func TestLevellingEndsWithTheLastImportedHash(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, lockout)
	add(t, users, identity.NewUser{Username: "alice", PasswordHash: importedHashes["bcrypt 2b"]})
	add(t, users, identity.NewUser{Username: "bob", Password: password})
	for _, want := range []int64{2, 1} {
		left, err := users.ImportedHashes(t.Context())
		if err != nil || left["bcrypt"] != int(want-1) {
			t.Errorf("left %v, %v", left, err)
		}
		another := identity.NewUsers(table, state, lockout)
		if _, err := another.SignIn(t.Context(), "bob", password, home); err != nil || another.HashCalls() != want {
			t.Errorf("%d hashes, want %d; %v", another.HashCalls(), want, err)
		}
		if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
			t.Error(err)
		}
	}
}
