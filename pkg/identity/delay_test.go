package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// elsewhere is an address in a network of its own.
func elsewhere(i int) string { return fmt.Sprintf("198.51.100.%d", i) }

// guess sends a wrong password.
func guess(t *testing.T, users *identity.Users, username, address string) error {
	t.Helper()
	_, err := users.SignIn(t.Context(), username, "not the password", address)
	if code(err) != oauth.InvalidGrant {
		t.Fatalf("got %v, want invalid_grant", err)
	}
	return err
}

// waitOf is how long a refusal has its sender wait, 0 when a password was judged.
func waitOf(err error) time.Duration {
	var soon *identity.TooSoon
	if errors.As(err, &soon) {
		return soon.Wait
	}
	return 0
}

func TestO38EachWrongPasswordDelaysTheNextForLonger(t *testing.T) {
	seen := map[string][]string{}
	for _, username := range []string{"alice", "nobody"} {
		synctest.Test(t, func(t *testing.T) {
			users := newUsers(t)
			add(t, users, identity.NewUser{Username: "alice", Password: password})
			before := users.HashCalls()
			for range 10 {
				err := guess(t, users, username, home)
				for waitOf(err) > 0 {
					seen[username] = append(seen[username], oauth.AsError(err).Description)
					<-time.After(waitOf(err)) // by the bubble's clock
					err = guess(t, users, username, home)
				}
				seen[username] = append(seen[username], oauth.AsError(err).Description)
			}
			if got := users.HashCalls() - before; got != 10 {
				t.Errorf("%d passwords were judged, want all ten: who waits loses nothing", got)
			}
		})
	}
	want := strings.Split("wrong wrong wrong 1 wrong 2 wrong 4 wrong 8 wrong 16 wrong 32 wrong 60 wrong", " ")
	for i, word := range want {
		if want[i] = "wrong username or password"; word != "wrong" {
			want[i] = "too many attempts; try again in " + word + " seconds"
		}
	}
	for username, got := range seen {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", username, diff)
		}
	}
}

func TestO38ParallelGuessesCannotOvertakeTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := newUsers(t)
		var judged atomic.Int32
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if err := guess(t, users, "nobody", home); strings.Contains(err.Error(), "wrong username") {
					judged.Add(1)
				}
			})
		}
		wg.Wait()
		if judged.Load() != 3 {
			t.Errorf("%d were judged at once, want 3", judged.Load())
		}
	})
}

func TestO38AStrangerDelaysNobodyElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := newUsers(t)
		add(t, users, identity.NewUser{Username: "alice", Password: password})
		for range 50 { // without waiting
			_ = guess(t, users, "alice", elsewhere(1))
		}
		for i := range 3 {
			if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
				t.Errorf("sign-in %d at home: %v", i, err)
			}
		}
		if _, err := users.SignIn(t.Context(), "alice", password, elsewhere(1)); waitOf(err) == 0 {
			t.Errorf("where the stranger is: %v", err)
		}
	})
}

func TestO38TheRightPasswordEndsItsDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := newUsers(t)
		add(t, users, identity.NewUser{Username: "alice", Password: password})
		for range 3 {
			_ = guess(t, users, "alice", home)
		}
		<-time.After(2 * time.Second)
		for i := range 3 {
			if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
				t.Errorf("sign-in %d: %v", i, err)
			}
		}
	})
}

// TestO38ANetworkThatSpraysMustWait: at one account after the other, so that none of
// them is slowed down.
func TestO38ANetworkThatSpraysMustWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, state := tables(t)
		users := identity.NewUsers(table, state, identity.Lockout{Attempts: 10, AddressAttempts: 40, Window: time.Hour})
		add(t, users, identity.NewUser{Username: "alice", Password: password})
		for i := range 30 {
			if _, err := users.SignIn(t.Context(), "alice", password, elsewhere(1)); err != nil {
				t.Fatalf("right password %d: %v", i, err)
			}
		}
		var waits []time.Duration
		for i := 0; len(waits) < 4; i++ {
			err := guess(t, users, fmt.Sprintf("victim-%d", i), home)
			if wait := waitOf(err); wait > 0 {
				waits = append(waits, wait)
				if _, err := users.SignIn(t.Context(), "alice", password, elsewhere(2)); err != nil {
					t.Errorf("from elsewhere: %v", err)
				}
				<-time.After(wait)
			} else if len(waits) == 0 && i == 11 {
				t.Fatal("twelve wrong passwords without a delay")
			}
		}
		if diff := cmp.Diff([]time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}, waits); diff != "" {
			t.Error(diff)
		}
	})
}

// TestO38ALockedAccountDelaysNobodyElse: where its person keeps trying, colleagues in
// the same network need not wait for passwords that nobody looks at.
func TestO38ALockedAccountDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, state := tables(t)
		users := identity.NewUsers(table, state, identity.Lockout{Attempts: 1, AddressAttempts: 40, Window: time.Hour})
		add(t, users, identity.NewUser{Username: "alice", Password: password})
		for i := 0; waitOf(guess(t, users, fmt.Sprintf("victim-%d", i), home)) == 0; i++ {
		}
		<-time.After(time.Minute)
		if err := guess(t, users, "victim-0", home); !errors.Is(err, store.ErrLimit) {
			t.Fatalf("the locked account: got %v", err)
		}
		if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
			t.Errorf("a colleague: %v", err)
		}
	})
}

func TestO38WhoeverKnowsThePasswordPaysForNoDelay(t *testing.T) {
	table, state := tables(t)
	counter := &lookUps{Table: state}
	users := identity.NewUsers(table, counter, lockout)
	add(t, users, identity.NewUser{Username: "alice", Password: password})
	for range 5 {
		if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
			t.Fatal(err)
		}
	}
	if got := counter.n.Load(); got != 0 {
		t.Errorf("%d reads of the state table in five sign-ins, want none", got)
	}
}
