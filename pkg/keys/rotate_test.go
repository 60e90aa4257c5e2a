package keys_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// TestStates follows the first keys through their lives: they sign for 240 hours,
// are published 24 hours ahead and for 48 hours afterwards.
func TestStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := openTable(t)
		ring := openRing(t, users, hours(240, 24, 48))
		born := time.Now()
		for _, c := range []struct {
			rule  string
			hours int
			want  []keys.State
		}{
			{"the first key signs at once", 0, []keys.State{keys.Active}},
			{"nothing is due", 1, []keys.State{keys.Active}},
			{"not due yet", 215, []keys.State{keys.Active}},
			{"the successor is published", 217, []keys.State{keys.Active, keys.Pending}},
			{"and waits", 240, []keys.State{keys.Active, keys.Pending}},
			{"then takes over", 242, []keys.State{keys.Retired, keys.Active}},
			{"the old key stays for its tokens", 288, []keys.State{keys.Retired, keys.Active}},
			{"and is removed", 290, []keys.State{keys.Active}},
		} {
			time.Sleep(time.Until(born.Add(time.Duration(c.hours) * time.Hour)))
			report := rotate(t, ring)
			if got := states(report.Keys); !slices.Equal(got, c.want) {
				t.Errorf("%s, after %d h: got %v, want %v", c.rule, c.hours, got, c.want)
			}
			listed, err := ring.List(t.Context())
			if err != nil || !slices.Equal(listed, report.Keys) {
				t.Errorf("after %d h: List says %v, %v; Rotate said %v", c.hours, listed, err, report.Keys)
			}
		}
	})
}

// TestKeysTakeOverWithoutASchedule: nothing runs, and the store is down, when the
// successor's time comes.
func TestKeysTakeOverWithoutASchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := openTable(t)
		ring := openRing(t, users, hours(240, 24, 48))
		first := rotate(t, ring).Made[0]
		time.Sleep(230 * time.Hour)
		second := rotate(t, ring).Made[0]
		time.Sleep(2 * time.Minute)
		wantSignedBy(t, ring, first)
		users.fail(store.ErrUnavailable)
		time.Sleep(24*time.Hour - 2*time.Minute)
		wantSignedBy(t, ring, first)
		users.fail(nil)
		time.Sleep(2 * time.Minute)
		wantSignedBy(t, ring, second)
	})
}

// TestF30PublishedBeforeUseAndAfter signs every hour for months, while a schedule
// rotates and another instance publishes. Every token's key was in everybody's
// reach for PublishAhead before, unless it is the very first, and is for
// RetireAfter afterwards.
func TestF30PublishedBeforeUseAndAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w := openTable(t), openWrapper(t)
		policy := hours(240, 24, 48)
		signing := keys.OpenRing(users, openSealer(t, users, w), policy)
		publishing := keys.OpenRing(users, nil, policy)
		first := rotate(t, signing).Made[0]
		var published []jose.Set // by the hour
		var signedBy []string
		for hour := range 100 * 24 {
			if hour%7 == 0 {
				rotate(t, keys.OpenRing(users, openSealer(t, users, w), policy))
			}
			set, err := publishing.PublicSet(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			published = append(published, set)
			signedBy = append(signedBy, signer(t, signing))
			time.Sleep(time.Hour)
		}
		used := map[string]bool{}
		for hour, kid := range signedBy {
			used[kid] = true
			if before := hour - 24; before >= 0 && kid != first {
				if _, ok := published[before].Key(kid); !ok {
					t.Fatalf("hour %d: signed by %s, which was not published 24 hours before", hour, kid)
				}
			}
			if after := hour + 48; after < len(published) {
				if _, ok := published[after].Key(kid); !ok {
					t.Fatalf("hour %d: signed by %s, which is not published 48 hours later", hour, kid)
				}
			}
			if n := len(published[hour].Keys()); n > 3 {
				t.Fatalf("hour %d: %d keys are published", hour, n)
			}
		}
		if len(used) < 9 {
			t.Errorf("in 100 days %d keys signed; each may for 10 days", len(used))
		}
	})
}

// TestF29TwoInstancesRotateAtOnce: on an empty table, and when a successor is due.
func TestF29TwoInstancesRotateAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w := openTable(t), openWrapper(t)
		rings := make([]*keys.Ring, 8)
		for i := range rings {
			rings[i] = keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48))
		}
		for _, c := range []struct {
			rule string
			wait time.Duration
			made int
			want []keys.State
		}{
			{"the first ring", 0, 1, []keys.State{keys.Active}},
			{"a successor", 220 * time.Hour, 1, []keys.State{keys.Active, keys.Pending}},
			{"nothing is due", 0, 0, []keys.State{keys.Active, keys.Pending}},
		} {
			time.Sleep(c.wait)
			if made := rotateAll(t, rings); made != c.made {
				t.Errorf("%s: %d keys were made, want %d", c.rule, made, c.made)
			}
			var document []byte
			for _, ring := range rings {
				listed, err := ring.List(t.Context())
				if got := states(listed); err != nil || !slices.Equal(got, c.want) {
					t.Errorf("%s: got %v, %v, want %v", c.rule, got, err, c.want)
				}
				published, err := ring.JWKS(t.Context())
				if err != nil || document != nil && !bytes.Equal(published, document) {
					t.Errorf("%s: one publishes %s, another %s, %v", c.rule, document, published, err)
				}
				document = published
			}
		}
	})
}

// TestF29RotationDies: before its write, and after it with the answer lost.
func TestF29RotationDies(t *testing.T) {
	users := openTable(t)
	ring := openRing(t, users, hours(240, 24, 48))
	users.fail(store.ErrUnavailable)
	if _, err := ring.Rotate(t.Context()); err == nil {
		t.Fatal("rotated without a store")
	}
	users.fail(nil)
	if _, err := ring.List(t.Context()); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("got %v, want no ring", err)
	}
	if _, err := ring.RotateNow(t.Context(), keys.Announced); err != nil {
		t.Fatal(err)
	}
	users.failAfterCommit(store.ErrUnavailable)
	if _, err := ring.RotateNow(t.Context(), keys.Announced); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	report, err := ring.RotateNow(t.Context(), keys.Announced) // as a schedule tries again
	if err != nil || len(report.Made) != 0 || !slices.Equal(states(report.Keys), []keys.State{keys.Active, keys.Pending}) {
		t.Errorf("got %+v, %v, want the successor that is pending already", report, err)
	}
}

func TestRotateWritesNothingWhenNothingIsDue(t *testing.T) {
	users := openTable(t)
	ring := openRing(t, users, hours(240, 24, 48))
	rotate(t, ring)
	version := func() string {
		record, err := users.Get(t.Context(), store.Key{Partition: "keys", Sort: "ring"})
		if err != nil {
			t.Fatal(err)
		}
		return record.Version
	}
	before := version()
	rotate(t, ring)
	if after := version(); after != before {
		t.Error("the ring was written")
	}
}

// TestF30AnAlgorithmThatComesLater is published first: verifiers have a key set.
func TestF30AnAlgorithmThatComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, w := openTable(t), openWrapper(t)
		rotate(t, keys.OpenRing(users, openSealer(t, users, w), hours(240, 24, 48)))
		policy := hours(240, 24, 48)
		policy.Algs = []oauth.Alg{oauth.EdDSA} // and ES256 is no longer wanted
		ring := keys.OpenRing(users, openSealer(t, users, w), policy)
		if got := states(rotate(t, ring).Keys); !slices.Equal(got, []keys.State{keys.Retired, keys.Pending}) {
			t.Errorf("got %v, want retired ES256 and pending EdDSA", got)
		}
		_, err := ring.Sign(t.Context(), oauth.EdDSA, "JWT", sampleClaims())
		wantUnavailable(t, err)
		_, err = ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
		wantUnavailable(t, err)
		time.Sleep(25 * time.Hour)
		if _, err := ring.Sign(t.Context(), oauth.EdDSA, "JWT", sampleClaims()); err != nil {
			t.Error(err)
		}
		time.Sleep(24 * time.Hour)
		if got := states(rotate(t, ring).Keys); !slices.Equal(got, []keys.State{keys.Active}) {
			t.Errorf("got %v, want EdDSA alone", got)
		}
	})
}

func TestPolicyZeroRefuses(t *testing.T) {
	for rule, policy := range map[string]keys.Policy{
		"zero":                    {},
		"no algorithm":            {Lifetime: 3, PublishAhead: 2, RetireAfter: 1},
		"used before published":   {Lifetime: 3, RetireAfter: 1, Algs: []oauth.Alg{oauth.ES256}},
		"gone with its tokens":    {Lifetime: 3, PublishAhead: 2, Algs: []oauth.Alg{oauth.ES256}},
		"successor before use":    {Lifetime: 2, PublishAhead: 2, RetireAfter: 1, Algs: []oauth.Alg{oauth.ES256}},
		"a secret in the ring":    {Lifetime: 3e12, PublishAhead: 2e12, RetireAfter: 1e12, Algs: []oauth.Alg{oauth.HS256}},
		"no signature at all":     {Lifetime: 3e12, PublishAhead: 2e12, RetireAfter: 1e12, Algs: []oauth.Alg{"none"}},
		"an algorithm of nothing": {Lifetime: 3e12, PublishAhead: 2e12, RetireAfter: 1e12, Algs: []oauth.Alg{""}},
	} {
		if report, err := openRing(t, openTable(t), policy).Rotate(t.Context()); err == nil {
			t.Errorf("%s: rotated: %+v", rule, report)
		}
	}
}

// rotateAll rotates every ring at the same time and returns how many keys all
// reports together say were made.
func rotateAll(t *testing.T, rings []*keys.Ring) int {
	t.Helper()
	reports := make([]keys.Report, len(rings))
	var wg sync.WaitGroup
	for i, ring := range rings {
		wg.Go(func() {
			var err error
			if reports[i], err = ring.Rotate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	made := 0
	for _, report := range reports {
		made += len(report.Made)
	}
	return made
}

func states(infos []keys.Info) []keys.State {
	var states []keys.State
	for _, info := range infos {
		states = append(states, info.State)
	}
	return states
}

// signer returns the kid of a token that ring signs now, having verified it.
func signer(t *testing.T, ring *keys.Ring) string {
	t.Helper()
	token, err := ring.Sign(t.Context(), oauth.ES256, "JWT", sampleClaims())
	if err != nil {
		t.Fatal(err)
	}
	wantGenuine(t, ring, oauth.ES256, token)
	parsed, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header.KeyID
}

func wantSignedBy(t *testing.T, ring *keys.Ring, kid string) {
	t.Helper()
	if got := signer(t, ring); got != kid {
		t.Errorf("signed by %s, want %s", got, kid)
	}
}
