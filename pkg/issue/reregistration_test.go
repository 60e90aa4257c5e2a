package issue_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Whoever registers the ID of a client that was deleted inherits nothing from it.
func TestAnIDTakenAgainInheritsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		registration := identity.Registration{ID: "again", ClientMetadata: oauth.ClientMetadata{
			TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken},
			RedirectURIs: []string{"https://again.example.com/callback"}, Scope: oauth.Scope{"openid", "offline_access", "read"},
		}}
		s.register(registration)
		session := s.signIn(s.alice)
		changes := []string{
			"client_id=again", "redirect_uri=https://again.example.com/callback", "scope=openid offline_access read", "prompt=consent",
		}
		tokens := s.tokens("again", s.authorize(session, "again", changes...), "redirect_uri=https://again.example.com/callback")
		if !s.works(tokens) {
			t.Fatal("the tokens do not work to begin with")
		}
		unused := s.authorize(session, "again", changes...)
		must(t, s.clients.Delete(t.Context(), "again"))
		time.Sleep(time.Second)
		s.register(registration)

		if s.works(tokens) {
			t.Error("the access token works for the new client")
		}
		_, err := s.refresh("again", tokens.RefreshToken)
		wants(t, err, oauth.InvalidGrant)
		must(t, s.issuer.GrantConsent(t.Context(), s.alice.ID, "again", oauth.Scope{"openid", "offline_access", "read"}, issue.ClaimsRequest{}))
		_, err = s.redeem("again", unused, "redirect_uri=https://again.example.com/callback")
		wants(t, err, oauth.InvalidGrant)
		must(t, s.issuer.WithdrawConsent(t.Context(), s.alice.ID, "again"))
		silent := append(changes[:3:3], "prompt=")
		s.steps(t, issue.Consent, &session, issue.Progress{}, "again", silent...)
		must(t, s.issuer.GrantConsent(t.Context(), s.alice.ID, "again", oauth.Scope{"openid"}, issue.ClaimsRequest{}))
		s.steps(t, issue.Consent, &session, issue.Progress{}, "again", append(changes[:2:2], "scope=openid read")...)
		s.steps(t, issue.Done, &session, issue.Progress{}, "again", append(changes[:2:2], "scope=openid")...)
	})
}

// Of a session that was joined by a client of the same ID, now deleted, the new one
// hears nothing: not who was in it, nor that it ended. Of its own it does.
func TestAnIDTakenAgainHearsOfNoSessionFromBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		register := func() {
			s.register(identity.Registration{ID: "again", Secret: secret, ClientMetadata: oauth.ClientMetadata{
				GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}, RedirectURIs: []string{callback}, Scope: oauth.Scope{"openid"},
				LogoutMetadata:        oauth.LogoutMetadata{BackchannelLogoutURI: backchannel, FrontchannelLogoutURI: front},
				AuthorizationMetadata: oauth.AuthorizationMetadata{SkipConsent: true},
			}})
			time.Sleep(time.Second)
		}
		register()
		before, both, queued := s.signIn(s.alice), s.signIn(s.alice), s.signIn(s.alice)
		for _, session := range []identity.SignedIn{before, both, queued} {
			s.authorize(session, "again")
		}
		time.Sleep(time.Second)
		_, err := s.issuer.SignOut(t.Context(), queued) // and nobody has delivered it yet
		must(t, err)
		must(t, s.clients.Delete(t.Context(), "again"))
		time.Sleep(time.Second)
		register()
		s.authorize(both, "again")
		frames, err := s.issuer.SignOut(t.Context(), before)
		if err != nil || len(frames) > 0 {
			t.Errorf("got the frames %v and %v", frames, err)
		}
		if tokens, _ := s.clientsHear(nil); len(tokens) > 0 {
			t.Errorf("it was told of %v", tokens)
		}
		frames, err = s.issuer.SignOut(t.Context(), both)
		if err != nil || len(frames) != 1 {
			t.Errorf("got the frames %v and %v", frames, err)
		}
		if tokens, _ := s.clientsHear(nil); len(tokens["again"]) != 1 {
			t.Errorf("it was told of %v", tokens)
		}
	})
}
