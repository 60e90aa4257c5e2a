package identity_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// BenchmarkSignIn compares a right password, a wrong one and an unknown name with
// the floor, the bare hash. All take turns in one loop, so that a busy machine
// slows them alike; x-floor is the ratio of the medians.
func BenchmarkSignIn(b *testing.B) {
	table, state := tables(b)
	users := identity.NewUsers(table, state, identity.Lockout{Attempts: 1 << 30, AddressAttempts: 1 << 30, Window: lockout.Window})
	add(b, users, identity.NewUser{Username: "alice", Password: password})
	add(b, users, identity.NewUser{Username: "bob", Password: password})
	from := 0
	signIn := func(username string, password oauth.Secret, want oauth.Code) func() {
		return func() {
			from++ // elsewhere each time, so that a wrong password is judged and not delayed
			address := fmt.Sprintf("10.%d.%d.%d", from>>16, from>>8&255, from&255)
			if _, err := users.SignIn(b.Context(), username, password, address); code(err) != want {
				b.Fatal(err)
			}
		}
	}
	turns := []struct {
		name string
		do   func()
	}{
		{"floor", func() { argon2.IDKey([]byte(password), []byte("somesaltsomesalt"), 2, 19<<10, 1, 32) }},
		{"right", signIn("bob", password, "")},
		{"wrong", signIn("alice", "not the password", oauth.InvalidGrant)},
		{"unknown", signIn("nobody", "not the password", oauth.InvalidGrant)},
	}
	taken := make([][]time.Duration, len(turns))
	for b.Loop() {
		for range 5 { // however short the benchmark, the medians are of some
			for i, turn := range turns {
				start := time.Now()
				turn.do()
				taken[i] = append(taken[i], time.Since(start))
			}
		}
	}
	floor := median(taken[0])
	b.ReportMetric(float64(floor.Microseconds()), "floor-µs")
	for i, turn := range turns[1:] {
		b.ReportMetric(float64(median(taken[i+1]).Microseconds()), "of-"+turn.name+"-µs")
		b.ReportMetric(float64(median(taken[i+1]))/float64(floor), turn.name+"-x-floor")
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
