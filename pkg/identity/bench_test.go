package identity_test

import (
	"testing"

	"golang.org/x/crypto/argon2"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// BenchmarkSignIn stands beside its floor, the bare hash; a refusal for an unknown
// name beside one for a known name.
func BenchmarkSignIn(b *testing.B) {
	table, state := tables(b)
	users := identity.NewUsers(table, state, identity.Lockout{Attempts: 1 << 30, AddressAttempts: 1 << 30, Window: lockout.Window})
	add(b, users, identity.NewUser{Username: "alice", Password: password})
	b.Run("floor=argon2id", func(b *testing.B) {
		for b.Loop() {
			argon2.IDKey([]byte(password), []byte("somesaltsomesalt"), 2, 19<<10, 1, 32)
		}
	})
	b.Run("right", func(b *testing.B) {
		for b.Loop() {
			if _, err := users.SignIn(b.Context(), "alice", password, home); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, username := range []string{"alice", "unknown"} {
		b.Run("wrong="+username, func(b *testing.B) {
			for b.Loop() {
				if _, err := users.SignIn(b.Context(), username, "not the password", home); err == nil {
					b.Fatal("signed in")
				}
			}
		})
	}
}
