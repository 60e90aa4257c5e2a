package identity_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func TestSignIn(t *testing.T) {
	users := newUsers(t)
	want := add(t, users, identity.NewUser{Username: "Alice", Password: "ｆｏｕｒ score ﬁve ①"})
	for name, c := range map[string]struct {
		username string
		password oauth.Secret
		code     oauth.Code
	}{
		"right":                           {"alice", "ｆｏｕｒ score ﬁve ①", ""},
		"the name in another case":        {"ALICE", "four score five 1", ""},
		"the name in full width":          {"Ａlice", "four score five 1", ""},
		"NFKC makes keyboards agree":      {"alice", "four score five 1", ""},
		"a password keeps its case":       {"alice", "Four score five 1", oauth.InvalidGrant},
		"a password keeps its spaces":     {"alice", "four score five 1 ", oauth.InvalidGrant},
		"nobody":                          {"bob", "four score five 1", oauth.InvalidGrant},
		"no name":                         {"", "four score five 1", oauth.InvalidGrant},
		"what cannot be a name":           {"ali ce", "four score five 1", oauth.InvalidGrant},
		"no password":                     {"alice", "", oauth.InvalidGrant},
		"the ID is no name":               {want.ID, "four score five 1", oauth.InvalidGrant},
		"a password that is not UTF-8":    {"alice", "four score five \xff", oauth.InvalidGrant},
		"a name that no store key admits": {strings.Repeat("a", 1<<16), "four score five 1", oauth.InvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := users.SignIn(t.Context(), c.username, c.password, home)
			if code(err) != c.code {
				t.Fatalf("got %v, want %q", err, c.code)
			}
			if err == nil && got.ID != want.ID {
				t.Errorf("got user %s, want %s", got.ID, want.ID)
			}
		})
	}
}

func TestSignInNeedsALockout(t *testing.T) {
	table, state := tables(t)
	for name, incomplete := range map[string]identity.Lockout{
		"none":                 {},
		"without an account's": {AddressAttempts: 10, Window: time.Hour},
		"without an address's": {Attempts: 10, Window: time.Hour},
		"without a window":     {Attempts: 10, AddressAttempts: 10},
	} {
		users := identity.NewUsers(table, state, incomplete)
		if _, err := users.SignIn(t.Context(), "alice", password, home); code(err) != oauth.ServerError {
			t.Errorf("%s: got %v, want a refusal to work", name, err)
		}
	}
}

// readCounter counts the reads that go through it.
type readCounter struct {
	store.Table
	reads atomic.Int64
}

func (c *readCounter) Get(ctx context.Context, key store.Key) (store.Record, error) {
	c.reads.Add(1)
	return c.Table.Get(ctx, key)
}

func TestO37TheSameWorkAndTextForEverybody(t *testing.T) {
	table, state := tables(t)
	counter := &readCounter{Table: table}
	users := identity.NewUsers(counter, state, lockout)
	add(t, users, identity.NewUser{Username: "known", Password: password})
	add(t, users, identity.NewUser{Username: "disabled", Password: password, Disabled: true})
	add(t, users, identity.NewUser{Username: "passwordless"})
	// An instance asks once a minute whether hashes were imported.
	_, _ = users.SignIn(t.Context(), "nobody", password, home)
	want := "wrong username or password"
	for name, c := range map[string]struct {
		username string
		password oauth.Secret
	}{
		"known, wrong password":           {"known", "not the password"},
		"unknown":                         {"unknown", password},
		"no possible name":                {"no name\u200b", password},
		"disabled, right password":        {"disabled", password},
		"disabled, wrong password":        {"disabled", "not the password"},
		"a user who has no password":      {"passwordless", password},
		"an overlong name":                {strings.Repeat("x", 300), password},
		"a name that is half a surrogate": {"\xed\xa0\x80", password},
	} {
		t.Run(name, func(t *testing.T) {
			hashes, reads := users.HashCalls(), counter.reads.Load()
			_, err := users.SignIn(t.Context(), c.username, c.password, home)
			hashes, reads = users.HashCalls()-hashes, counter.reads.Load()-reads
			if hashes != 1 || reads != 2 {
				t.Errorf("%d hash calls and %d reads, want 1 and 2", hashes, reads)
			}
			if e := oauth.AsError(err); e.Code != oauth.InvalidGrant || e.Description != want {
				t.Errorf("got %q %q, want invalid_grant %q", e.Code, e.Description, want)
			}
		})
	}
}

func TestO38ParallelGuessesCannotOutrunTheCount(t *testing.T) {
	for _, username := range []string{"alice", "nobody"} {
		t.Run(username, func(t *testing.T) {
			users := newUsers(t)
			add(t, users, identity.NewUser{Username: "alice", Password: password})
			before := users.HashCalls()
			var wrong, locked atomic.Int32
			var wg sync.WaitGroup
			for i := range 64 {
				wg.Go(func() {
					_, err := users.SignIn(t.Context(), username, oauth.Secret(fmt.Sprintf("wrong password %d", i)), elsewhere(i))
					switch oauth.AsError(err).Description {
					case "wrong username or password":
						wrong.Add(1)
					case "too many attempts; try again later":
						locked.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if wrong.Load() != 10 || locked.Load() != 54 || users.HashCalls()-before != 10 {
				t.Errorf("%d guesses were judged, %d turned away, %d hashes; want 10, 54, 10", wrong.Load(), locked.Load(), users.HashCalls()-before)
			}
			if _, err := users.SignIn(t.Context(), strings.ToUpper(username), password, "192.0.2.99"); code(err) != oauth.InvalidGrant {
				t.Errorf("the right password from elsewhere, on a locked account: %v", err)
			}
		})
	}
}

func TestO38SuccessReleasesItsOwnAttemptOnly(t *testing.T) {
	users := newUsers(t)
	add(t, users, identity.NewUser{Username: "alice", Password: password})
	for i := range 9 {
		_ = guess(t, users, "alice", elsewhere(i))
	}
	for i := range 3 {
		if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
			t.Fatalf("right password %d, with one attempt left: %v", i, err)
		}
	}
	_ = guess(t, users, "alice", home)
	_, err := users.SignIn(t.Context(), "alice", password, home)
	if got := oauth.AsError(err).Description; got != "too many attempts; try again later" {
		t.Errorf("after ten wrong passwords among the right ones: %v", err)
	}
}

func TestO38AnAddressGetsNothingBack(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, identity.Lockout{Attempts: 100, AddressAttempts: 4, Window: time.Hour})
	add(t, users, identity.NewUser{Username: "alice", Password: password})
	for i := range 4 {
		for _, address := range []string{"2001:db8:1:2::1", "192.0.2.1"} {
			if _, err := users.SignIn(t.Context(), "alice", password, address); err != nil {
				t.Fatalf("sign-in %d from %s: %v", i, address, err)
			}
		}
	}
	for address, want := range map[string]oauth.Code{
		"2001:db8:1:2::1":     oauth.InvalidGrant,
		"2001:db8:1:2:ffff::": oauth.InvalidGrant, // one subscriber has a whole /64
		"2001:db8:1:3::1":     "",
		"192.0.2.1":           oauth.InvalidGrant,
		"::ffff:192.0.2.1":    oauth.InvalidGrant, // the same
		"::ffff:192.0.2.2":    "",
		"192.0.2.3":           "",
	} {
		if _, err := users.SignIn(t.Context(), "alice", password, address); code(err) != want {
			t.Errorf("from %s: got %v, want %q", address, err, want)
		}
	}
}

func TestO38TheWindowPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := newUsers(t)
		add(t, users, identity.NewUser{Username: "alice", Password: password})
		for i := range 10 {
			_ = guess(t, users, "alice", elsewhere(i))
		}
		if _, err := users.SignIn(t.Context(), "alice", password, home); code(err) != oauth.InvalidGrant {
			t.Fatalf("within the window: %v", err)
		}
		<-time.After(lockout.Window + 2*time.Second) // by the bubble's clock
		if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
			t.Errorf("after the window: %v", err)
		}
	})
}

func TestO40ASignInWaitsForItsTurnUntilItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := newUsers(t)
		add(t, users, identity.NewUser{Username: "alice", Password: password})
		before := users.HashCalls()
		done := users.TakeTurn()
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		go func() {
			_, err := users.SignIn(ctx, "alice", password, home)
			result <- err
		}()
		synctest.Wait() // it stands in the queue
		cancel()
		if err := <-result; code(err) != oauth.TemporarilyUnavailable {
			t.Errorf("while another hash is computed: %v", err)
		}
		if users.HashCalls() != before {
			t.Error("two hashes were computed at a time")
		}
		done()
		if _, err := users.SignIn(t.Context(), "alice", password, home); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}
