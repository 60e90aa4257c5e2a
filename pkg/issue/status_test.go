package issue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
	"github.com/ostiary-auth/ostiary/test/ring"
)

// reference is where a token stands in the status lists.
func reference(t testing.TB, token string) (place string) {
	t.Helper()
	status, _ := claimsOf(t, token)["status"].(map[string]any)
	list, ok := status["status_list"].(map[string]any)
	if !ok {
		return ""
	}
	return fmt.Sprint(list["uri"], " ", list["idx"])
}

// revoked reports whether a gate that fetches the lists now refuses the token.
func (s *site) revoked(token string) bool {
	s.t.Helper()
	lists, err := verify.NewStatusLists(verify.StatusListPolicy{
		Issuer: issuer, Keys: s.ring,
		Fetch: func(ctx context.Context, uri, etag string) (fetch.Response, error) {
			var number int64
			if _, err := fmt.Sscanf(uri, issuer+"/status/%d", &number); err != nil {
				return fetch.Response{}, err
			}
			list, err := s.issuer.StatusList(ctx, number, etag)
			return fetch.Response{Body: []byte(list.Token), ETag: list.ETag, NotModified: list.Token == ""}, err
		},
	})
	must(s.t, err)
	err = lists.Check(s.t.Context(), oauth.AccessToken{Issuer: issuer, Claims: claimsOf(s.t, token)})
	if err != nil && code(err) != oauth.InvalidToken {
		s.t.Errorf("the list cannot be had: %v", err)
	}
	return err != nil
}

// TestWhateverEndsAGrantReachesTheLists is every way in which one can end.
func TestWhateverEndsAGrantReachesTheLists(t *testing.T) {
	const offline = "scope=openid offline_access"
	all := func(s *site, err error) error { return errors.Join(err, s.issuer.EndAll(s.t.Context(), s.alice.ID)) }
	for name, c := range map[string]struct {
		client string
		scope  string
		end    func(s *site, signedIn identity.SignedIn, granted string, given issue.TokenResponse) error
	}{
		"the refresh token is revoked": {webID, offline, func(s *site, _ identity.SignedIn, _ string, given issue.TokenResponse) error {
			return s.revoke(webID, given.RefreshToken)
		}},
		"the only access token is revoked": {webID, "scope=openid", func(s *site, _ identity.SignedIn, _ string, given issue.TokenResponse) error {
			return s.revoke(webID, given.AccessToken)
		}},
		"the refresh token is in two hands": {spaID, offline, func(s *site, _ identity.SignedIn, _ string, given issue.TokenResponse) error {
			for range 3 {
				next, err := s.refresh(spaID, given.RefreshToken)
				if err == nil {
					next, err = s.refresh(spaID, next.RefreshToken)
				}
				if err != nil {
					return unless(err, oauth.InvalidGrant)
				}
				_ = next
				time.Sleep(2 * time.Minute)
			}
			return errors.New("nobody noticed")
		}},
		"the refresh token is in another client's hands": {webID, offline, func(s *site, _ identity.SignedIn, _ string, given issue.TokenResponse) error {
			_, err := s.refresh(spaID, given.RefreshToken)
			return unless(err, oauth.InvalidGrant)
		}},
		"the code is used twice": {webID, offline, func(s *site, _ identity.SignedIn, granted string, _ issue.TokenResponse) error {
			_, err := s.redeem(webID, granted)
			return unless(err, oauth.InvalidGrant)
		}},
		"the consent is withdrawn": {webID, offline, func(s *site, _ identity.SignedIn, _ string, _ issue.TokenResponse) error {
			return s.issuer.WithdrawConsent(s.t.Context(), s.alice.ID, webID)
		}},
		"the person signs out": {webID, "scope=openid", func(s *site, signedIn identity.SignedIn, _ string, _ issue.TokenResponse) error {
			_, err := s.issuer.SignOut(s.t.Context(), signedIn)
			return err
		}},
		"the session is revoked": {webID, "scope=openid", func(s *site, signedIn identity.SignedIn, _ string, _ issue.TokenResponse) error {
			return s.issuer.EndSession(s.t.Context(), s.alice.ID, signedIn.ID)
		}},
		"the person signs out everywhere": {webID, offline, func(s *site, _ identity.SignedIn, _ string, _ issue.TokenResponse) error {
			return s.issuer.SignOutEverywhere(s.t.Context(), s.alice.ID)
		}},
		"the person is disabled": {webID, offline, func(s *site, _ identity.SignedIn, _ string, _ issue.TokenResponse) error {
			return all(s, s.people.Disable(s.t.Context(), s.alice.ID))
		}},
		"the person is deleted": {webID, offline, func(s *site, _ identity.SignedIn, _ string, _ issue.TokenResponse) error {
			return all(s, s.people.Delete(s.t.Context(), s.alice.ID))
		}},
		"the client is deleted": {webID, offline, func(s *site, _ identity.SignedIn, _ string, _ issue.TokenResponse) error {
			return s.issuer.DeleteClient(s.t.Context(), webID)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				signedIn := s.signIn(s.alice)
				granted := s.authorize(signedIn, c.client, c.scope, "prompt=consent")
				given := s.tokens(c.client, granted)
				bystander := s.tokens(oldID, s.authorize(s.signIn(s.bob), oldID))
				if s.revoked(given.AccessToken) || s.revoked(bystander.AccessToken) {
					t.Fatal("revoked from the start")
				}
				must(t, c.end(s, signedIn, granted, given))
				if s.works(given) {
					t.Error("userinfo still knows it")
				}
				if !s.revoked(given.AccessToken) {
					t.Error("no gate will hear of it")
				}
				if s.revoked(bystander.AccessToken) {
					t.Error("somebody else is revoked too")
				}
			})
		})
	}
}

// unless returns nil for an error of this code.
func unless(err error, want oauth.Code) error {
	if code(err) == want {
		return nil
	}
	return fmt.Errorf("got %w, want %s", err, want)
}

func (s *site) revoke(clientID, token string) error {
	s.t.Helper()
	client, err := s.clients.Get(s.t.Context(), clientID)
	must(s.t, err)
	return s.issuer.Revoke(s.t.Context(), client, token)
}

// A session's end leaves what outlives it; an access token's leaves its grant.
func TestWhatGoesOnIsNotRevoked(t *testing.T) {
	s := open(t)
	signedIn := s.signIn(s.alice)
	given := s.tokens(webID, s.authorize(signedIn, webID, "scope=openid offline_access", "prompt=consent"))
	other := s.tokens(spaID, s.authorize(s.signIn(s.alice), spaID))
	must(t, s.issuer.EndSession(t.Context(), s.alice.ID, signedIn.ID))
	must(t, s.revoke(webID, given.AccessToken))
	next, err := s.refresh(webID, given.RefreshToken)
	must(t, err)
	for _, tokens := range []issue.TokenResponse{given, next, other} {
		if s.revoked(tokens.AccessToken) {
			t.Errorf("%s is revoked", reference(t, tokens.AccessToken))
		}
	}
	if reference(t, given.AccessToken) != reference(t, next.AccessToken) {
		t.Error("a grant has two places in the lists")
	}
}

func TestClientCredentialsShareOnePlaceUntilTheirClientIsDeleted(t *testing.T) {
	s := open(t)
	registration := machine()
	registration.Scope = oauth.Scope{"read"}
	s.register(registration)
	first, again := s.clientCredentials(t), s.clientCredentials(t)
	if reference(t, first) == "" || reference(t, first) != reference(t, again) {
		t.Errorf("places %q and %q", reference(t, first), reference(t, again))
	}
	if s.revoked(first) {
		t.Error("revoked from the start")
	}
	must(t, s.issuer.DeleteClient(t.Context(), "machine"))
	if err := s.issuer.DeleteClient(t.Context(), "machine"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted again: %v", err)
	}
	s.register(registration)
	anew := s.clientCredentials(t)
	if !s.revoked(first) || s.revoked(anew) {
		t.Errorf("the former client's token revoked %v, the new one's %v", s.revoked(first), s.revoked(anew))
	}
}

func (s *site) clientCredentials(t testing.TB) string {
	t.Helper()
	tokens, err := s.grant(oauth.ClientCredentials, "machine", s.params(url.Values{}, "scope=read"))
	must(t, err)
	return tokens.AccessToken
}

// TestEveryGrantHasAPlaceOfItsOwn: however many open at once, in however many
// processes, and after restarts too.
func TestEveryGrantHasAPlaceOfItsOwn(t *testing.T) {
	folder := ring.Copy(t)
	s := build(t, folder)
	processes := []*site{s, s.restarted(folder), s.restarted(folder)}
	var mu sync.Mutex
	places := map[string]int{}
	note := func(token string) {
		mu.Lock()
		defer mu.Unlock()
		places[reference(t, token)]++
	}
	for round := range 2 {
		var codes []string
		for range 64 {
			codes = append(codes, s.code(spaID))
		}
		var wg sync.WaitGroup
		for n, granted := range codes {
			wg.Go(func() {
				tokens, err := processes[n%len(processes)].redeem(spaID, granted)
				if err != nil {
					t.Error(err)
					return
				}
				note(tokens.AccessToken)
			})
		}
		wg.Wait()
		processes[round] = s.restarted(folder)
	}
	if len(places) != 128 {
		t.Errorf("128 grants have %d places", len(places))
	}
}

// restarted is another process on the same tables.
func (s *site) restarted(folder ring.Folder) *site {
	s.t.Helper()
	again := *s
	sealer, signing := folder.Keys(s.t, s.users)
	again.clients = identity.NewClients(s.users, sealer)
	again.issuer = issue.New(s.cfg, s.users, s.state, s.people, again.clients, s.sessions, sealer, signing)
	return &again
}

// A grant that is refreshed for long moves on, so that old lists die; what it had
// before is revoked with it.
func TestAGrantMovesOnToANewPlaceEveryDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		tokens := s.tokens(spaID, s.code(spaID, "scope=openid offline_access"))
		first := reference(t, tokens.AccessToken)
		var given []string
		for range 26 {
			time.Sleep(time.Hour)
			next, err := s.refresh(spaID, tokens.RefreshToken)
			must(t, err)
			tokens = next
			given = append(given, tokens.AccessToken)
		}
		if place := reference(t, given[22]); place != first {
			t.Errorf("moved from %s to %s within a day", first, place)
		}
		if place := reference(t, tokens.AccessToken); place == first || place == "" {
			t.Errorf("still at %s after a day", place)
		}
		must(t, s.revoke(spaID, tokens.RefreshToken))
		for n, token := range given {
			if !s.revoked(token) {
				t.Errorf("the token of hour %d is not revoked", n+1)
			}
		}
	})
}

// Grants from before there were lists have no place, work, and get one.
func TestGrantsFromBeforeTheListsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		tokens := s.tokens(spaID, s.code(spaID, "scope=openid offline_access"))
		records, err := store.All(t.Context(), s.state, identity.Partition(s.alice.ID), "grant#")
		must(t, err)
		kept, err := store.Decode[map[string]json.RawMessage](records[0])
		must(t, err)
		delete(kept, "status")
		must(t, s.state.Write(t.Context(), store.Put(records[0].Key, kept).Until(records[0].Expires)))
		before, err := s.refresh(spaID, tokens.RefreshToken)
		must(t, err)
		if place := reference(t, before.AccessToken); place != "" {
			t.Errorf("a token at %s", place)
		}
		if !s.works(before) {
			t.Error("it does not work")
		}
		after, err := s.refresh(spaID, before.RefreshToken)
		must(t, err)
		if reference(t, after.AccessToken) == "" {
			t.Error("it has no place yet")
		}
		must(t, s.revoke(spaID, after.RefreshToken))
		if !s.revoked(after.AccessToken) || s.works(before) {
			t.Error("it cannot be revoked")
		}
	})
}
