// Package revocation answers "how long does a gate take a revoked token?": the
// provider, its status lists, the authorizer and API Gateway's result cache behind
// the stand-in, in fake time.
package revocation_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/test/ring"
)

// bound is what is published: the list's ttl, and the result cache's.
const bound = 15 * time.Second

func TestMain(m *testing.M) { ring.Main(m) }

// revocations are what can be revoked, and what goes on.
func revocations() map[string]func(*world) revocation {
	return map[string]func(*world) revocation{
		"a grant": func(w *world) revocation {
			tokens := w.signIn(w.alice.Username)
			next := w.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}})
			return revocation{
				dead: []string{tokens.Access, next.Access}, alive: []string{w.signIn(w.alice.Username).Access},
				revoke: func() error { return w.revoke(next.Refresh) },
			}
		},
		"a session": func(w *world) revocation {
			here, there := w.session(), w.session()
			return revocation{
				dead:   []string{w.tokenIn(here, "openid"), w.tokenIn(here, "openid")},
				alive:  []string{w.tokenIn(there, "openid"), w.tokenIn(here, "openid offline_access")},
				revoke: func() error { return w.parts.Issuer.EndSession(w.t.Context(), w.alice.ID, here.ID) },
			}
		},
		"a user": func(w *world) revocation {
			return revocation{
				dead:  []string{w.signIn(w.alice.Username).Access, w.tokenIn(w.session(), "openid offline_access")},
				alive: []string{w.signIn("bob").Access, w.machine("job")},
				revoke: func() error {
					return errors.Join(w.parts.Users.Disable(w.t.Context(), w.alice.ID), w.parts.Issuer.EndAll(w.t.Context(), w.alice.ID))
				},
			}
		},
		"a client": func(w *world) revocation {
			return revocation{
				dead:   []string{w.machine("app"), w.signIn(w.alice.Username).Access},
				alive:  []string{w.machine("job"), w.tokenIn(w.session(), "openid")},
				revoke: func() error { return w.parts.Issuer.DeleteClient(w.t.Context(), "app") },
			}
		},
	}
}

// revocation is one revocation, with tokens that must end and tokens that must not.
type revocation struct {
	dead, alive []string
	revoke      func() error
}

// TestF02RevocationReachesTheGateInTime revokes at every phase of the two caches and
// asks until long after.
func TestF02RevocationReachesTheGateInTime(t *testing.T) {
	for what, prepare := range revocations() {
		t.Run(what, func(t *testing.T) {
			longest := time.Duration(0)
			for phase := time.Duration(0); phase < bound; phase += 2500 * time.Millisecond {
				for _, late := range []time.Duration{0, 4500 * time.Millisecond} {
					synctest.Test(t, func(t *testing.T) {
						w := open(t)
						longest = max(longest, w.outlives(prepare(w), phase, late))
					})
				}
			}
			if longest < bound-time.Second { // else the caches are not what is measured
				t.Errorf("a revoked token never passed for longer than %s", longest)
			}
		})
	}
}

// outlives asks with all tokens, revokes some, and returns for how long those passed.
// They are shown later than the others by late, so that the gate's lists and its kept
// answers are not of one age.
func (w *world) outlives(r revocation, phase, late time.Duration) (longest time.Duration) {
	const step = 500 * time.Millisecond
	var revoked time.Time
	for began := time.Now(); revoked.IsZero() || time.Since(revoked) < bound+5*time.Second; time.Sleep(step) {
		for _, token := range r.alive {
			w.wants(token, http.StatusOK)
		}
		if revoked.IsZero() && time.Since(began) >= phase {
			must(w.t, r.revoke())
			revoked = time.Now()
		}
		if time.Since(began) < late {
			continue
		}
		for _, token := range r.dead {
			status := w.call(token)
			switch {
			case revoked.IsZero():
				if status != http.StatusOK {
					w.t.Errorf("status %d before it was revoked", status)
				}
			case status == http.StatusOK && time.Since(revoked) < bound:
				longest = max(longest, time.Since(revoked))
			case status != http.StatusUnauthorized:
				w.t.Errorf("status %d after %s", status, time.Since(revoked))
			}
		}
	}
	return longest
}

// What we answer ourselves knows at once.
func TestIntrospectionAndRefreshAreImmediate(t *testing.T) {
	for what, prepare := range revocations() {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := open(t)
				r := prepare(w)
				for _, token := range append(r.dead, r.alive...) {
					w.active(token, true)
				}
				must(t, r.revoke())
				for _, token := range r.dead {
					w.active(token, false)
				}
				for _, token := range r.alive {
					w.active(token, true)
				}
			})
		})
	}
}

// While the lists cannot be had, a gate goes on with the ones it has for half a
// minute, and then takes nobody, or only whom they did not revoke.
func TestF06AnOutageOfTheListsOpensNoGate(t *testing.T) {
	for _, open := range []bool{false, true} {
		t.Run(fmt.Sprint("fail open ", open), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := openFailing(t, open)
				good, bad := w.signIn(w.alice.Username), w.signIn(w.alice.Username)
				must(t, w.revoke(bad.Refresh))
				w.wants(good.Access, http.StatusOK)
				w.wants(bad.Access, http.StatusUnauthorized)
				w.down = errors.New("the lists are down")
				time.Sleep(30 * time.Second)
				w.wants(good.Access, http.StatusOK)
				w.wants(bad.Access, http.StatusUnauthorized)
				time.Sleep(30 * time.Second)
				if open {
					w.wants(good.Access, http.StatusOK)
				} else {
					w.wants(good.Access, http.StatusInternalServerError)
				}
				w.wants(bad.Access, http.StatusUnauthorized)
				w.down = nil
				time.Sleep(30 * time.Second)
				w.wants(good.Access, http.StatusOK)
				w.wants(bad.Access, http.StatusUnauthorized)
			})
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
