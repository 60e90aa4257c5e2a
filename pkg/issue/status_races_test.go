package issue_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// TestNoGateIsLeftBehindByARace redeems codes and refreshes in the moment in which
// what they stand on ends. Whoever comes first, no gate takes what was given out.
func TestNoGateIsLeftBehindByARace(t *testing.T) {
	for name, c := range map[string]struct {
		scope string
		end   func(s *site, signedIn identity.SignedIn) error
	}{
		"signing out": {"scope=openid", func(s *site, signedIn identity.SignedIn) error {
			_, err := s.issuer.SignOut(s.t.Context(), signedIn)
			return err
		}},
		"signing out everywhere": {"scope=openid offline_access", func(s *site, _ identity.SignedIn) error {
			return s.issuer.SignOutEverywhere(s.t.Context(), s.alice.ID)
		}},
		"being disabled": {"scope=openid offline_access", func(s *site, _ identity.SignedIn) error {
			return errors.Join(s.people.Disable(s.t.Context(), s.alice.ID), s.issuer.EndAll(s.t.Context(), s.alice.ID))
		}},
		"withdrawing consent": {"scope=openid offline_access", func(s *site, _ identity.SignedIn) error {
			return s.issuer.WithdrawConsent(s.t.Context(), s.alice.ID, webID)
		}},
		"deleting the client": {"scope=openid offline_access", func(s *site, _ identity.SignedIn) error {
			return s.issuer.DeleteClient(s.t.Context(), webID)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			signedIn := s.signIn(s.alice)
			current := s.tokens(webID, s.authorize(signedIn, webID, c.scope, "prompt=consent"))
			given := []string{current.AccessToken}
			var codes []string
			for range 40 { // more than one block of places
				codes = append(codes, s.authorize(signedIn, webID, c.scope, "prompt=consent"))
			}
			var mu sync.Mutex
			var wg sync.WaitGroup
			for n, granted := range codes {
				if n == len(codes)/2 {
					wg.Go(func() {
						if err := c.end(s, signedIn); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Go(func() {
					tokens, err := s.redeem(webID, granted)
					if err == nil && n%2 == 0 && tokens.RefreshToken != "" {
						if next, refused := s.refresh(webID, tokens.RefreshToken); refused == nil {
							tokens = next
						}
					}
					if err == nil {
						mu.Lock()
						defer mu.Unlock()
						given = append(given, tokens.AccessToken)
					}
				})
			}
			wg.Wait()
			for _, token := range given {
				if !s.revoked(token) {
					t.Errorf("a gate takes the token at %s", reference(t, token))
				}
			}
		})
	}
}

// meddling calls before, once, when a record of this kind is about to be deleted, or
// put.
type meddling struct {
	store.Table
	op     store.Op
	kind   string
	before func()
}

func (m *meddling) Write(ctx context.Context, changes ...store.Change) error {
	for _, c := range changes {
		if before := m.before; before != nil && c.Op == m.op && strings.HasPrefix(c.Key.Sort, m.kind) {
			m.before = nil
			before()
		}
	}
	return m.Table.Write(ctx, changes...)
}

// TestAGrantThatWouldOpenJustAfterItsEnd ends what a code stands on when all has been
// looked at and the write that redeems it is on its way.
func TestAGrantThatWouldOpenJustAfterItsEnd(t *testing.T) {
	for name, end := range map[string]func(*site, identity.SignedIn) error{
		"signing out everywhere": func(s *site, _ identity.SignedIn) error { return s.issuer.SignOutEverywhere(s.t.Context(), s.alice.ID) },
		"signing out": func(s *site, signedIn identity.SignedIn) error {
			return s.issuer.EndSession(s.t.Context(), s.alice.ID, signedIn.ID)
		},
		"withdrawing consent": func(s *site, _ identity.SignedIn) error {
			return s.issuer.WithdrawConsent(s.t.Context(), s.alice.ID, webID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var state *meddling
			s := open(t, func(table store.Table) store.Table {
				state = &meddling{Table: table, op: store.OpPut, kind: "grant#"}
				return state
			})
			signedIn := s.signIn(s.alice)
			granted := s.authorize(signedIn, webID)
			state.before = func() { must(t, end(s, signedIn)) }
			_, err := s.redeem(webID, granted)
			wants(t, err, oauth.InvalidGrant)
			if state.before != nil {
				t.Error("nothing ended meanwhile")
			}
		})
	}
}

// TestWhatElseEndsSpendsNoCode ends another session of the person in that moment.
func TestWhatElseEndsSpendsNoCode(t *testing.T) {
	var state *meddling
	s := open(t, func(table store.Table) store.Table {
		state = &meddling{Table: table, op: store.OpPut, kind: "grant#"}
		return state
	})
	other, signedIn := s.signIn(s.alice), s.signIn(s.alice)
	granted := s.authorize(signedIn, webID)
	state.before = func() { must(t, s.issuer.EndSession(t.Context(), s.alice.ID, other.ID)) }
	_, err := s.redeem(webID, granted)
	must(t, err)
}

// TestAGrantThatOpensAsItsSessionEnds opens between the look at what the session
// granted and its end.
func TestAGrantThatOpensAsItsSessionEnds(t *testing.T) {
	var state *meddling
	s := open(t, func(table store.Table) store.Table {
		state = &meddling{Table: table, op: store.OpDelete, kind: "session#"}
		return state
	})
	signedIn := s.signIn(s.alice)
	granted := s.authorize(signedIn, webID)
	late := ""
	state.before = func() { late = s.tokens(webID, granted).AccessToken }
	must(t, s.issuer.EndSession(t.Context(), s.alice.ID, signedIn.ID))
	if late == "" || !s.revoked(late) {
		t.Errorf("a gate takes %q", late)
	}
}

// TestAClientThatIsDeletedWhileItAsksGetsNothing deletes it after it was approved: the
// block of places that its token would need is taken when nobody looks for one any more.
func TestAClientThatIsDeletedWhileItAsksGetsNothing(t *testing.T) {
	for name, again := range map[string]bool{"gone": false, "registered anew": true} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			registration := machine()
			registration.Scope = oauth.Scope{"read"}
			s.register(registration)
			client, err := s.clients.Get(t.Context(), "machine")
			must(t, err)
			approval, err := s.issuer.Grants()[oauth.ClientCredentials].Approve(t.Context(), issue.Request{Client: client, Params: s.params(url.Values{})})
			must(t, err)
			must(t, s.issuer.DeleteClient(t.Context(), "machine"))
			if again {
				s.register(registration)
			}
			tokens, err := s.issuer.Mint(t.Context(), approval)
			wants(t, err, oauth.InvalidClient)
			if tokens.AccessToken != "" {
				t.Error("it got a token that nobody can revoke")
			}
		})
	}
}
