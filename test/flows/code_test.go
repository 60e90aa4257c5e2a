package flows

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const (
	callback = "https://app.example.com/callback"
	verifier = "a-code-verifier-of-43-to-128-characters.~_0"
)

// code is what the client gets when alice has signed in and agreed.
func (s *site) code(t *testing.T) string {
	t.Helper()
	digest := sha256.Sum256([]byte(verifier))
	params, err := oauth.ParseParams(url.Values{
		"client_id": {clientID}, "redirect_uri": {callback}, "response_type": {"code"}, "prompt": {"consent"},
		"scope": {"openid offline_access"}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])},
	}.Encode())
	must(t, err)
	req, client, err := s.issuer.ParseAuthorizationRequest(t.Context(), params)
	must(t, err)
	alice, err := s.people.ByUsername(t.Context(), "alice")
	must(t, err)
	signedIn, _, err := s.sessions.Begin(t.Context(), alice, identity.Authentication{Time: time.Now()}, nil)
	must(t, err)
	must(t, s.issuer.GrantConsent(t.Context(), alice.ID, client.ID, req.Scope, req.Claims))
	response, err := s.issuer.Authorize(t.Context(), req, client, signedIn)
	must(t, err)
	return response.Params.Get("code")
}

func (s *site) redeem(code string) *http.Request {
	return s.post("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}, true)
}

// granted is what the client gets for a code. It costs no password hash, which is most of
// what a flow that begins with a password would take.
func (s *site) granted(t *testing.T) answer {
	t.Helper()
	return s.succeeds(t, s.redeem(s.code(t)))
}
