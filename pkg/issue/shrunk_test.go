package issue_test

import (
	"net/url"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const api = "https://api.example.com"

// loses takes something from the client that is registered for an API.
func (s *site) loses(change func(*oauth.ClientMetadata)) {
	s.t.Helper()
	_, err := s.clients.Update(s.t.Context(), webID, func(m *oauth.ClientMetadata) error {
		change(m)
		return nil
	})
	must(s.t, err)
}

// TestO35AnAPIThatTheClientHasLost is not reached by what was granted before, for as long
// as that lives. What the client still has it can ask for.
func TestO35AnAPIThatTheClientHasLost(t *testing.T) {
	s := open(t)
	wanted := []string{"resource=" + api, "scope=openid offline_access", "prompt=consent"}
	session := s.signIn(s.alice)
	tokens := s.tokens(webID, s.authorize(session, webID, wanted...))
	good, bad := s.authorize(session, webID, wanted...), s.authorize(session, webID, wanted...)
	s.loses(func(m *oauth.ClientMetadata) { m.Audience = nil })
	_, err := s.refresh(webID, tokens.RefreshToken)
	wants(t, err, oauth.InvalidTarget)
	_, err = s.redeem(webID, bad)
	wants(t, err, oauth.InvalidGrant)
	s.tokens(webID, good, "resource="+issuer)
	still, err := s.grant(oauth.RefreshToken, webID, s.params(url.Values{"refresh_token": {tokens.RefreshToken}}, "resource="+issuer))
	must(t, err)
	if !s.works(still) {
		t.Error("what the client still has does not work")
	}
}

// TestO35ScopeThatTheClientHasLostMeanwhile: while a code, or a person, was on the way.
func TestO35ScopeThatTheClientHasLostMeanwhile(t *testing.T) {
	s := open(t)
	code, kept := s.code(webID, "scope=openid read"), s.code(webID, "scope=openid")
	req, client := s.ask(webID, "scope=openid read")
	waiting, err := s.issuer.OpenInteraction(t.Context(), req, "a browser")
	must(t, err)
	must(t, waiting.Stands(client))
	s.loses(func(m *oauth.ClientMetadata) { m.Scope = oauth.Scope{"openid"} })
	_, err = s.redeem(webID, code)
	wants(t, err, oauth.InvalidGrant)
	s.tokens(webID, kept)
	client, err = s.issuer.Client(t.Context(), webID)
	must(t, err)
	wants(t, waiting.Stands(client), oauth.InvalidRequest)
}
