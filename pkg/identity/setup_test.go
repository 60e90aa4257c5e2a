package identity_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
)

const (
	home     = "192.0.2.7"
	password = oauth.Secret("four score and seven")
)

var lockout = identity.Lockout{Attempts: 10, AddressAttempts: 100, Window: 15 * time.Minute}

// tables opens the embedded store in a folder of the test's own.
func tables(t testing.TB) (users, state store.Table) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db.Table("user"), db.Table("state")
}

func newUsers(t testing.TB) *identity.Users {
	t.Helper()
	users, state := tables(t)
	return identity.NewUsers(users, state, lockout)
}

// newClients returns clients whose secrets are sealed under a key file, and the
// users beside them.
func newClients(t testing.TB) (*identity.Clients, *identity.Users) {
	t.Helper()
	users, state := tables(t)
	return identity.NewClients(users, newSealer(t, users)), identity.NewUsers(users, state, lockout)
}

func newSealer(t testing.TB, users store.Table) *keys.Sealer {
	t.Helper()
	wrapper, err := keys.OpenKeyFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := keys.OpenSealer(t.Context(), users, wrapper)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func add(t testing.TB, users *identity.Users, n identity.NewUser) identity.User {
	t.Helper()
	user, err := users.Add(t.Context(), n)
	if err != nil {
		t.Fatalf("add %s: %v", n.Username, err)
	}
	return user
}

// code returns the error code that a client would see, "" without an error.
func code(err error) oauth.Code {
	if err == nil {
		return ""
	}
	return oauth.AsError(err).Code
}
