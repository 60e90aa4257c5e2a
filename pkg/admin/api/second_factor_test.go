package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TestASignInWithoutTheSecondFactorAdministersNothing: not by a program either, and not
// where the factor was demanded only after the sign-in, as at the admin page. What was
// stolen before somebody added a factor would administer after it.
func TestASignInWithoutTheSecondFactorAdministersNothing(t *testing.T) {
	s := open(t)
	const callback = "https://console.example.com/callback"
	_, _, err := s.parts.Clients.Add(t.Context(), identity.Registration{ID: "console", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}, Scope: oauth.AdminScopes(), Audience: []string{base},
		RedirectURIs: []string{callback},
	}})
	must(t, err)
	must(t, s.parts.Issuer.GrantConsent(t.Context(), s.ada.ID, "console", oauth.AdminScopes(), zeroClaims))
	by := func(acr string) string {
		t.Helper()
		signedIn, _, err := s.parts.Sessions.Begin(t.Context(), s.ada, identity.Authentication{Time: time.Now(), ACR: acr}, nil)
		must(t, err)
		client, err := s.parts.Clients.Get(t.Context(), "console")
		must(t, err)
		verifier := strings.Repeat("v", 43)
		challenge := sha256.Sum256([]byte(verifier))
		answer, err := s.parts.Issuer.Authorize(t.Context(), issue.AuthorizationRequest{
			ClientID: "console", RedirectURI: callback, Scope: oauth.AdminScopes(), Audience: []string{base},
			CodeChallenge: base64.RawURLEncoding.EncodeToString(challenge[:]),
		}, client, signedIn)
		must(t, err)
		return s.tokenOf("console", "grant_type=authorization_code", "code="+answer.Params.Get("code"), "redirect_uri="+callback, "code_verifier="+verifier)
	}
	one, two := by(oauth.ACRPassword), by(oauth.ACRMultiFactor)
	s.call(200, one, "GET", "/users", "")
	s.call(201, s.token, "POST", "/groups", `{"name":"careful","second_factor":true}`)
	s.call(204, s.token, "PUT", "/groups/careful/members/"+s.ada.ID, "")
	a := s.call(401, one, "GET", "/users", "")
	challenge := a.Header.Get("WWW-Authenticate")
	if !strings.Contains(challenge, `error="insufficient_user_authentication"`) || !strings.Contains(challenge, `acr_values="`+oauth.ACRMultiFactor+`"`) {
		t.Errorf("got %s", challenge)
	}
	s.call(200, two, "GET", "/users", "")
	s.call(200, s.token, "GET", "/users", "")
}
