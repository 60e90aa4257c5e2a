// Package flows answers "what does a client see when DynamoDB fails?": every flow
// of the provider, with every kind of fault at every request that it makes.
package flows

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/faults"
)

// A flow is one request, and what must be true after it was answered.
type flow struct {
	prepare func(*testing.T, *site) *http.Request // on a site without faults
	done    func(*testing.T, *site, *http.Request, answer)

	// once says that what the request presents is spent by it.
	once bool
}

func flows() map[string]flow {
	var access sync.Map // tokens, by the refresh tokens that came with them
	return map[string]flow{
		"password": {
			prepare: func(_ *testing.T, s *site) *http.Request { return s.signIn() },
			done: func(t *testing.T, s *site, _ *http.Request, a answer) {
				s.succeeds(t, s.refresh(a.text("refresh_token")))
			},
		},
		"authorization code": {
			prepare: func(t *testing.T, s *site) *http.Request { return s.redeem(s.code(t)) },
			done: func(t *testing.T, s *site, r *http.Request, a answer) {
				s.isActive(t, a.text("access_token"), true)
				s.succeeds(t, s.refresh(a.text("refresh_token")))
				if again := s.do(r); again.text("error") != string(oauth.InvalidGrant) {
					t.Errorf("a code works twice: %s", again)
				}
				s.isActive(t, a.text("access_token"), false)
			},
			once: true,
		},
		"client credentials": {
			prepare: func(_ *testing.T, s *site) *http.Request {
				return s.post("/token", url.Values{"grant_type": {"client_credentials"}}, true)
			},
			done: func(t *testing.T, s *site, _ *http.Request, a answer) { s.isActive(t, a.text("access_token"), true) },
		},
		"refresh": {
			prepare: func(t *testing.T, s *site) *http.Request {
				return s.refresh(s.granted(t).text("refresh_token"))
			},
			// The token before the current one gets the current one again: one family,
			// not two, however often a lost answer is asked for.
			done: func(t *testing.T, s *site, r *http.Request, a answer) {
				if again := s.succeeds(t, r).text("refresh_token"); again != a.text("refresh_token") {
					t.Error("the family has forked")
				}
				s.succeeds(t, s.refresh(a.text("refresh_token")))
			},
		},
		"revoke": {
			prepare: func(t *testing.T, s *site) *http.Request {
				given := s.granted(t)
				access.Store(given.text("refresh_token"), given.text("access_token"))
				return s.revoke(given.text("refresh_token"))
			},
			done: func(t *testing.T, s *site, r *http.Request, _ answer) {
				token, _ := access.Load(r.PostForm.Get("token"))
				s.isRevokedAtTheGate(t, token.(string))
				if a := s.do(s.refresh(r.PostForm.Get("token"))); a.StatusCode != http.StatusBadRequest {
					t.Errorf("a revoked token gets %s", a)
				}
			},
		},
		"introspect": {
			prepare: func(t *testing.T, s *site) *http.Request {
				return s.introspect(s.granted(t).text("access_token"))
			},
			done: func(t *testing.T, _ *site, _ *http.Request, a answer) {
				if a.json["active"] != true {
					t.Errorf("a good token is answered %s", a)
				}
			},
		},
		"userinfo": {
			prepare: func(t *testing.T, s *site) *http.Request {
				return s.userinfo(s.granted(t).text("access_token"))
			},
			done: func(t *testing.T, _ *site, _ *http.Request, a answer) {
				if a.text("sub") == "" {
					t.Errorf("userinfo without sub: %s", a)
				}
			},
		},
	}
}

// TestF08F11OneFault: a single fault at any request of any flow is invisible.
func TestF08F11OneFault(t *testing.T) {
	each(t, faults.Nth, faults.All(), func(t *testing.T, clean, spoiled *site, f flow) {
		r := f.prepare(t, clean)
		f.done(t, clean, r, spoiled.succeeds(t, r))
	})
}

// TestF08F20Outage: when DynamoDB is gone from some request on, the answer is
// success or a clean 503; and when it is back, the same request succeeds, as if it
// had been the first.
func TestF08F20Outage(t *testing.T) {
	each(t, faults.From, []faults.Fault{faults.Throttle("ThrottlingException"), faults.Before()}, outage(false))
}

// TestF08F20OutageOfAnswers is the same when what is asked is done, and its answer lost.
// A code may be spent by then, which costs a sign-in; but it is never left to be used
// twice.
func TestF08F20OutageOfAnswers(t *testing.T) {
	each(t, faults.From, []faults.Fault{faults.After()}, outage(true))
}

func outage(spends bool) func(t *testing.T, clean, spoiled *site, f flow) {
	return func(t *testing.T, clean, spoiled *site, f flow) {
		r := f.prepare(t, clean)
		a := spoiled.do(r)
		if a.StatusCode != http.StatusOK {
			a.isUnavailable(t)
			if a = clean.do(r); spends && f.once && a.text("error") == string(oauth.InvalidGrant) {
				return
			}
			if a.StatusCode != http.StatusOK {
				t.Fatalf("%s: %s, want 200", r.URL.Path, a)
			}
		}
		f.done(t, clean, r, a)
	}
}

// each runs a test for every flow, every kind of fault and every request.
func each(
	t *testing.T, plan func(int, faults.Fault) *faults.Plan, kinds []faults.Fault,
	run func(t *testing.T, clean, spoiled *site, f flow),
) {
	w := newWorld(t)
	for name, f := range flows() {
		count := faults.None()
		clean, counted := w.open(t, faults.None()), w.open(t, count)
		counted.succeeds(t, f.prepare(t, clean))
		requests := len(count.Operations())
		if requests == 0 {
			t.Fatalf("%s asks nothing of DynamoDB", name)
		}
		for _, kind := range kinds {
			for n := range requests {
				p := plan(n+1, kind)
				t.Run(name+"/"+p.String(), func(t *testing.T) {
					run(t, clean, w.open(t, p), f)
				})
			}
		}
	}
}
