package issue_test

import (
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// withFactor gives somebody a second factor.
func (s *site) withFactor(user identity.User) {
	s.t.Helper()
	_, err := factor.Open(s.users, s.people, s.sealer).AddPasskey(s.t.Context(), user.ID, factor.Passkey{
		ID: []byte(user.ID), PublicKey: []byte("a key"), Name: "Key",
	})
	must(s.t, err)
}

// TestO54APasswordAloneIsNoWayRound: at the token endpoint nobody can be asked for a
// second factor, so a password is not taken of who has one, or where one is demanded.
func TestO54APasswordAloneIsNoWayRound(t *testing.T) {
	s := open(t)
	for id, demanded := range map[string][]string{"legacy": nil, "strict": {oauth.ACRMultiFactor}} {
		s.register(identity.Registration{ID: id, Secret: secret, ClientMetadata: oauth.ClientMetadata{
			GrantTypes: []oauth.GrantType{oauth.Password}, Scope: oauth.Scope{"openid"},
			AuthorizationMetadata: oauth.AuthorizationMetadata{RequiredACRValues: demanded},
		}})
	}
	must(t, s.people.SetPassword(t.Context(), s.alice.ID, "correct horse battery"))
	signIn := func(client string) (issue.TokenResponse, error) {
		return s.grant(oauth.Password, client, s.params(url.Values{"username": {"alice"}, "password": {"correct horse battery"}}))
	}
	tokens, err := signIn("legacy")
	must(t, err)
	for _, token := range []string{tokens.IDToken, tokens.AccessToken} {
		if claims := claimsOf(t, token); claims["acr"] != oauth.ACRPassword || len(claims["amr"].([]any)) != 1 {
			t.Errorf("got acr %v, amr %v", claims["acr"], claims["amr"])
		}
	}
	_, err = signIn("strict")
	wants(t, err, oauth.InvalidGrant)
	s.withFactor(s.alice)
	_, err = signIn("legacy")
	wants(t, err, oauth.InvalidGrant)
}

// TestO41WhatWasProvedIsTakenBack: with the person's epoch, which a new password moves
// on, and with the person.
func TestO41WhatWasProvedIsTakenBack(t *testing.T) {
	for name, takes := range map[string]func(*site) error{
		"a new password":    func(s *site) error { return s.people.SetPassword(t.Context(), s.alice.ID, "a crumb of moonlight") },
		"disabled":          func(s *site) error { return s.people.Disable(t.Context(), s.alice.ID) },
		"deleted":           func(s *site) error { return s.people.Delete(t.Context(), s.alice.ID) },
		"out everywhere":    func(s *site) error { return s.people.SignOutEverywhere(t.Context(), s.alice.ID) },
		"nothing of all it": nil,
	} {
		s := open(t)
		proof := issue.Proof{UserID: s.alice.ID, Epoch: s.alice.Epoch, How: identity.Authentication{Time: time.Now(), ACR: oauth.ACRPassword}}
		if takes != nil {
			must(t, takes(s))
		}
		half, err := s.issuer.HalfProven(t.Context(), issue.Progress{Proven: &proof}, nil)
		if gone := errors.Is(err, issue.ErrNoProof); gone != (takes != nil) || !gone && half.ID != s.alice.ID {
			t.Errorf("%s: got %+v %v", name, half, err)
		}
	}
}

// A proof waits ten minutes, and then it is as if there were none.
func TestO41AProofExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.withFactor(s.alice)
		progress := issue.Progress{Proven: &issue.Proof{UserID: s.alice.ID, How: identity.Authentication{Time: time.Now()}}}
		s.steps(t, issue.SecondFactor, nil, progress, spaID)
		time.Sleep(10*time.Minute - time.Second)
		s.steps(t, issue.SecondFactor, nil, progress, spaID)
		time.Sleep(time.Second)
		s.steps(t, issue.SignIn, nil, progress, spaID)
		_, err := s.issuer.HalfProven(t.Context(), progress, nil)
		wants(t, err, oauth.InvalidRequest)
	})
}

// TestO46AChallengeIsSpentOnce: of any number who send one signature.
func TestO46AChallengeIsSpentOnce(t *testing.T) {
	s := open(t)
	req, _ := s.ask(spaID)
	it, err := s.issuer.OpenInteraction(t.Context(), req, "a browser")
	must(t, err)
	if len(it.Challenge) < 16 { // Web Authentication Level 3 §13.4.3
		t.Errorf("a challenge of %d bytes", len(it.Challenge))
	}
	var spent atomic.Int32
	var tries sync.WaitGroup
	for range 8 {
		tries.Go(func() {
			switch next, err := s.issuer.SpendChallenge(t.Context(), it); {
			case err == nil:
				spent.Add(1)
				if string(next.Challenge) == string(it.Challenge) {
					t.Error("the challenge stays the same")
				}
			case !errors.Is(err, issue.ErrAnswered):
				t.Error(err)
			}
		})
	}
	tries.Wait()
	if spent.Load() != 1 {
		t.Errorf("spent %d times", spent.Load())
	}
}

// An API that introspects asks for a step-up by what it is told (RFC 9470 §6.2). What a
// token says, which who shares a secret with us could have written, is not repeated.
func TestIntrospectionSaysHowSomebodySignedIn(t *testing.T) {
	s := open(t)
	tokens := s.tokens(webID, s.code(webID))
	client, err := s.clients.Get(t.Context(), webID)
	must(t, err)
	answer, err := s.issuer.Introspect(t.Context(), client, tokens.AccessToken)
	must(t, err)
	if said := claimsOf(t, tokens.AccessToken); answer.ACR != oauth.ACRPassword || float64(answer.AuthTime) != said["auth_time"] {
		t.Errorf("got acr %q, auth_time %d; the token says %v", answer.ACR, answer.AuthTime, said)
	}
}
