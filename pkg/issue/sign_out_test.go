package issue_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const (
	signedOut   = "https://app.example.com/signed-out"
	backID      = "back"     // hears by the back channel
	frontID     = "front"    // hears by the front channel
	pairwiseID  = "pairwise" // hears by both, of a sub and sid of its own
	sharedID    = "shared"   // hears by the back channel, signed with its secret
	backchannel = "https://app.example.com/back"
	front       = "https://app.example.com/front?a=b"
)

// openLogout is open with clients that hear of a session's end.
func openLogout(t *testing.T, around ...func(store.Table) store.Table) *site {
	t.Helper()
	s := open(t, around...)
	for id, logout := range map[string]oauth.LogoutMetadata{
		backID:     {BackchannelLogoutURI: backchannel, PostLogoutRedirectURIs: []string{signedOut, signedOut + "?a=b"}},
		frontID:    {FrontchannelLogoutURI: front},
		pairwiseID: {BackchannelLogoutURI: backchannel, FrontchannelLogoutURI: front},
		sharedID:   {BackchannelLogoutURI: backchannel},
	} {
		m := oauth.ClientMetadata{
			GrantTypes: []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken}, RedirectURIs: []string{callback},
			Scope: oauth.Scope{"openid", "offline_access"}, LogoutMetadata: logout,
			AuthorizationMetadata: oauth.AuthorizationMetadata{SkipConsent: true},
		}
		switch id {
		case pairwiseID:
			m.SubjectType = oauth.PairwiseSubject
		case sharedID:
			m.IDTokenSignedResponseAlg = oauth.HS256
		}
		s.register(identity.Registration{ID: id, Secret: secret, ClientMetadata: m})
	}
	return s
}

// clientsHear drains the outbox into the recipients' ears: what each client's URI was
// sent, by client.
func (s *site) clientsHear(answer func(client string) (int, error)) (tokens map[string][]string, report outbox.Report) {
	s.t.Helper()
	tokens = map[string][]string{}
	var mu sync.Mutex
	report, err := outbox.Open(s.state).Drain(s.t.Context(), func(ctx context.Context, m outbox.Message) error {
		return s.issuer.DeliverLogout(ctx, m, func(_ context.Context, uri string, form url.Values) (int, error) {
			token := form.Get("logout_token")
			if uri != backchannel || len(form) != 1 {
				s.t.Errorf("posted %v to %s", form, uri)
			}
			client, _ := claimsOf(s.t, token)["aud"].(string)
			mu.Lock()
			defer mu.Unlock()
			tokens[client] = append(tokens[client], token)
			if answer == nil {
				return http.StatusOK, nil
			}
			return answer(client)
		})
	})
	must(s.t, err)
	return tokens, report
}

func TestSignOutEndsTheSessionAndWhatCameOfIt(t *testing.T) {
	s := openLogout(t)
	signedIn, other := s.signIn(s.alice), s.signIn(s.alice)
	here := s.tokens(backID, s.authorize(signedIn, backID))
	offline := s.tokens(backID, s.authorize(signedIn, backID, "scope=openid offline_access", "prompt=consent"))
	unredeemed := s.authorize(signedIn, backID)
	elsewhere := s.tokens(backID, s.authorize(other, backID))

	_, err := s.issuer.SignOut(t.Context(), signedIn)
	must(t, err)

	if s.works(here) {
		t.Error("a token of the session works on")
	}
	if _, err := s.redeem(backID, unredeemed); err == nil {
		t.Error("a code of the session is redeemed")
	}
	if !s.works(elsewhere) || !s.works(offline) {
		t.Error("a token of another session, or offline, does not work")
	}
	if _, err := s.refresh(backID, offline.RefreshToken); err != nil {
		t.Errorf("offline: %v", err)
	}
	req, client := s.ask(backID)
	_, err = s.issuer.Authorize(t.Context(), req, client, signedIn)
	wants(t, err, oauth.LoginRequired)
	if uris, err := s.issuer.SignOut(t.Context(), signedIn); err != nil || uris != nil {
		t.Errorf("again: got %v %v", uris, err)
	}
}

func TestO49LogoutTokens(t *testing.T) {
	s := openLogout(t)
	signedIn := s.signIn(s.alice)
	idTokens := map[string]map[string]any{}
	for _, id := range []string{backID, pairwiseID, sharedID, webID} {
		idTokens[id] = claimsOf(t, s.tokens(id, s.authorize(signedIn, id)).IDToken)
	}
	_, err := s.issuer.SignOut(t.Context(), signedIn)
	must(t, err)

	heard, report := s.clientsHear(nil)
	if report != (outbox.Report{Delivered: 3}) || len(heard) != 3 {
		t.Fatalf("got %+v, %v", report, heard)
	}
	seen := map[string]bool{}
	for id, tokens := range heard {
		token := tokens[0]
		claims := claimsOf(t, token)
		jti, _ := claims["jti"].(string)
		if len(jti) < 22 || seen[jti] {
			t.Errorf("%s: got the jti %q", id, jti)
		}
		seen[jti] = true
		iat, exp := claims["iat"].(float64), claims["exp"].(float64)
		if age := time.Now().Unix() - int64(iat); age < 0 || age > 60 || exp-iat != 120 {
			t.Errorf("%s: got iat %v and exp %v", id, iat, exp)
		}
		delete(claims, "jti")
		delete(claims, "iat")
		delete(claims, "exp")
		want := map[string]any{ // no nonce, and nothing else either: §2.4
			"iss": issuer, "aud": id, "sub": idTokens[id]["sub"], "sid": idTokens[id]["sid"],
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
		}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Errorf("%s:\n%s", id, diff)
		}
		alg, err := s.verifies(id, token)
		if want := map[string]oauth.Alg{backID: oauth.RS256, pairwiseID: oauth.RS256, sharedID: oauth.HS256}[id]; err != nil || alg != want {
			t.Errorf("%s: signed with %s: %v", id, alg, err)
		}
	}
	if claimsOf(t, heard[backID][0])["sub"] == claimsOf(t, heard[pairwiseID][0])["sub"] ||
		claimsOf(t, heard[backID][0])["sid"] == claimsOf(t, heard[pairwiseID][0])["sid"] {
		t.Error("a pairwise client hears what another client does")
	}
}

// A logout token says sub and iss as an id_token does, and must open nothing.
func TestO49ALogoutTokenIsNothingElse(t *testing.T) {
	s := openLogout(t)
	signedIn := s.signIn(s.alice)
	s.tokens(backID, s.authorize(signedIn, backID))
	_, err := s.issuer.SignOut(t.Context(), signedIn)
	must(t, err)
	heard, _ := s.clientsHear(nil)
	token := heard[backID][0]
	_, err = s.issuer.ParseLogout(t.Context(), s.params(url.Values{"id_token_hint": {token}}))
	wants(t, err, oauth.InvalidRequest)
	_, err = s.userinfo(token)
	wants(t, err, oauth.InvalidToken)
}

func TestClientsThatDoNotListen(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		err    error
		want   outbox.Report
	}{
		"200":                 {200, nil, outbox.Report{Delivered: 1}},
		"204":                 {204, nil, outbox.Report{Delivered: 1}},
		"400 is final":        {400, nil, outbox.Report{Dead: 1}},
		"404 may be mended":   {404, nil, outbox.Report{Failed: 1}},
		"500 may pass":        {500, nil, outbox.Report{Failed: 1}},
		"a redirect is none":  {302, nil, outbox.Report{Failed: 1}},
		"nobody at the phone": {0, errors.New("connection refused"), outbox.Report{Failed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := openLogout(t)
			signedIn := s.signIn(s.alice)
			s.authorize(signedIn, backID)
			_, err := s.issuer.SignOut(t.Context(), signedIn)
			must(t, err)
			if _, got := s.clientsHear(func(string) (int, error) { return c.status, c.err }); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// A client that was deleted, or wants to be told no longer, is in nobody's way.
func TestAClientThatIsNoMoreIsNotTold(t *testing.T) {
	s := openLogout(t)
	signedIn := s.signIn(s.alice)
	for _, id := range []string{webID, backID, frontID, sharedID, pairwiseID} {
		s.authorize(signedIn, id)
	}
	must(t, s.clients.Delete(t.Context(), frontID))
	uris, err := s.issuer.SignOut(t.Context(), signedIn)
	if err != nil || len(uris) != 1 {
		t.Fatalf("got %v %v", uris, err)
	}
	must(t, s.clients.Delete(t.Context(), backID))
	_, err = s.clients.Update(t.Context(), sharedID, func(m *oauth.ClientMetadata) error {
		m.BackchannelLogoutURI = ""
		return nil
	})
	must(t, err)
	heard, report := s.clientsHear(nil)
	if report != (outbox.Report{Delivered: 3}) || len(heard) != 1 {
		t.Errorf("got %+v, %v", report, heard)
	}
}

func TestFrontchannelURIsTellIssuerAndSession(t *testing.T) {
	s := openLogout(t)
	signedIn := s.signIn(s.alice)
	sids := map[string]any{}
	for _, id := range []string{backID, frontID, pairwiseID} {
		sids[id] = claimsOf(t, s.tokens(id, s.authorize(signedIn, id)).IDToken)["sid"]
	}
	got, err := s.issuer.SignOut(t.Context(), signedIn)
	must(t, err)
	var want []string
	for _, id := range []string{frontID, pairwiseID} {
		want = append(want, front+"&iss="+url.QueryEscape(issuer)+"&sid="+sids[id].(string))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSigningOutEverywhereTellsEveryClient(t *testing.T) {
	for name, end := range map[string]func(s *site) error{
		"by the person": func(s *site) error { return s.issuer.SignOutEverywhere(s.t.Context(), s.alice.ID) },
		"disabled": func(s *site) error {
			return errors.Join(s.people.Disable(s.t.Context(), s.alice.ID), s.issuer.EndAll(s.t.Context(), s.alice.ID))
		},
		"deleted": func(s *site) error {
			return errors.Join(s.people.Delete(s.t.Context(), s.alice.ID), s.issuer.EndAll(s.t.Context(), s.alice.ID))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openLogout(t)
			offline := s.tokens(backID, s.code(backID, "scope=openid offline_access", "prompt=consent"))
			s.code(backID)
			s.code(sharedID)
			s.authorize(s.signIn(s.bob), backID)
			must(t, end(s))
			if s.works(offline) {
				t.Error("a token works on")
			}
			heard, _ := s.clientsHear(nil)
			if len(heard[backID]) != 2 || len(heard[sharedID]) != 1 {
				t.Errorf("got %v", heard)
			}
			must(t, s.issuer.EndAll(t.Context(), s.alice.ID))
			if heard, _ = s.clientsHear(nil); len(heard) != 0 {
				t.Errorf("again: got %v", heard)
			}
		})
	}
}

// A client that joins while the session ends is told, or was never let in.
func TestAClientThatJoinsMeanwhileIsTold(t *testing.T) {
	s := openLogout(t)
	const clients = 12
	for n := range clients {
		s.register(identity.Registration{ID: fmt.Sprint("c", n), Secret: secret, ClientMetadata: oauth.ClientMetadata{
			GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}, RedirectURIs: []string{callback}, Scope: oauth.Scope{"openid"},
			LogoutMetadata:        oauth.LogoutMetadata{BackchannelLogoutURI: backchannel},
			AuthorizationMetadata: oauth.AuthorizationMetadata{SkipConsent: true},
		}})
	}
	signedIn := s.signIn(s.alice)
	joined := make([]bool, clients)
	var group sync.WaitGroup
	for n := range clients {
		group.Go(func() {
			req, client, err := s.parse(fmt.Sprint("c", n))
			if err == nil {
				_, err = s.issuer.Authorize(t.Context(), req, client, signedIn)
			}
			if err != nil && code(err) != oauth.LoginRequired {
				t.Error(err)
			}
			joined[n] = err == nil
		})
		if n == clients/2 {
			group.Go(func() {
				if _, err := s.issuer.SignOut(t.Context(), signedIn); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
	heard, _ := s.clientsHear(nil)
	for n := range clients {
		if joined[n] && len(heard[fmt.Sprint("c", n)]) == 0 {
			t.Errorf("c%d was let in and not told", n)
		}
	}
}

// A session with more clients than one write can hold.
func TestASessionOfVeryManyClients(t *testing.T) {
	s := openLogout(t)
	signedIn := s.signIn(s.alice)
	const clients = 250
	for n := range clients {
		id := fmt.Sprint("c", n)
		s.register(identity.Registration{ID: id, Secret: secret, ClientMetadata: oauth.ClientMetadata{
			GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}, RedirectURIs: []string{callback}, Scope: oauth.Scope{"openid"},
			LogoutMetadata: oauth.LogoutMetadata{BackchannelLogoutURI: backchannel},
		}})
		must(t, s.sessions.AddClient(t.Context(), signedIn.ID, s.alice.ID, oauth.Client{ID: id}))
	}
	_, err := s.issuer.SignOut(t.Context(), signedIn)
	must(t, err)
	heard, report := s.clientsHear(nil)
	if report.Delivered != clients || len(heard) != clients {
		t.Errorf("got %+v, %d clients", report, len(heard))
	}
}

func TestNoLogoutTokenIsInTheOutbox(t *testing.T) {
	s := openLogout(t)
	signedIn := s.signIn(s.alice)
	s.authorize(signedIn, backID)
	_, err := s.issuer.SignOut(t.Context(), signedIn)
	must(t, err)
	s.clientsHear(func(string) (int, error) { return 400, nil })
	letters, err := outbox.Open(s.state).Dead(t.Context())
	must(t, err)
	if len(letters) != 1 || strings.Contains(string(letters[0].Body)+letters[0].Failure, "eyJ") {
		t.Errorf("got %+v", letters)
	}
}
