package issue_test

import (
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TestNothingSurvivesAnEndThatRacesWithUse begins to use codes and refresh tokens
// and ends what they stand on in the same moment. Whoever comes first, nothing that
// was given out works afterwards.
func TestNothingSurvivesAnEndThatRacesWithUse(t *testing.T) {
	for name, end := range map[string]func(s *site) error{
		"signing out everywhere": func(s *site) error { return s.people.SignOutEverywhere(s.t.Context(), s.alice.ID) },
		"being disabled":         func(s *site) error { return s.people.Disable(s.t.Context(), s.alice.ID) },
		"withdrawing consent":    func(s *site) error { return s.issuer.WithdrawConsent(s.t.Context(), s.alice.ID, webID) },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			session := s.signIn(s.alice)
			offline := []string{"scope=openid offline_access", "prompt=consent"}
			current := s.tokens(webID, s.authorize(session, webID, offline...))
			var codes []string
			for range 8 {
				codes = append(codes, s.authorize(session, webID, offline...))
			}
			var mu sync.Mutex
			given := []issue.TokenResponse{current}
			keep := func(tokens issue.TokenResponse, err error) {
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					given = append(given, tokens)
				} else if code(err) != oauth.InvalidGrant {
					t.Error(err)
				}
			}
			var wg sync.WaitGroup
			for n := range 16 {
				if n == 8 {
					wg.Go(func() {
						if err := end(s); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Go(func() { keep(s.refresh(webID, current.RefreshToken)) })
				if n%2 == 0 {
					wg.Go(func() { keep(s.redeem(webID, codes[n/2])) })
				}
			}
			wg.Wait()
			for _, tokens := range given {
				if s.works(tokens) {
					t.Error("an access token still works")
				}
				_, err := s.refresh(webID, tokens.RefreshToken)
				wants(t, err, oauth.InvalidGrant)
			}
		})
	}
}

// TestNothingWithoutOfflineAccessSurvivesARaceWithSigningOut is the same for one
// session.
func TestNothingWithoutOfflineAccessSurvivesARaceWithSigningOut(t *testing.T) {
	s := open(t)
	session := s.signIn(s.alice)
	var codes []string
	for range 16 {
		codes = append(codes, s.authorize(session, webID))
	}
	var wg sync.WaitGroup
	given := make([]issue.TokenResponse, len(codes))
	for n, code := range codes {
		wg.Go(func() { given[n], _ = s.redeem(webID, code) })
	}
	wg.Go(func() {
		if err := s.sessions.End(t.Context(), s.alice.ID, session.ID); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	for _, tokens := range given {
		if tokens.AccessToken != "" && s.works(tokens) {
			t.Error("an access token still works")
		}
	}
}
