package issue_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
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
