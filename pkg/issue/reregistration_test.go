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
