package issue_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const (
	oneID, oneBack = "one", "https://one.example.com/back"
	twoID, twoBack = "two", "https://two.example.com/back"
)

// withPairwise adds two pairwise clients, each in a sector of its own.
func withPairwise(t testing.TB) *site {
	t.Helper()
	s := open(t)
	for id, back := range map[string]string{oneID: oneBack, twoID: twoBack} {
		s.register(identity.Registration{ID: id, Secret: secret, ClientMetadata: oauth.ClientMetadata{
			GrantTypes: []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken}, RedirectURIs: []string{back},
			Scope:                 oauth.Scope{"openid", "email", "offline_access"},
			AuthorizationMetadata: oauth.AuthorizationMetadata{SubjectType: oauth.PairwiseSubject},
		}})
	}
	return s
}

func (s *site) pairwiseTokens(signedIn identity.SignedIn, clientID, back string) issue.TokenResponse {
	s.t.Helper()
	code := s.authorize(signedIn, clientID, "redirect_uri="+back, "scope=openid offline_access", "prompt=consent")
	return s.tokens(clientID, code, "redirect_uri="+back)
}

func (s *site) introspected(clientID, token string) issue.Introspection {
	s.t.Helper()
	client, err := s.clients.Get(s.t.Context(), clientID)
	must(s.t, err)
	answer, err := s.issuer.Introspect(s.t.Context(), client, token)
	must(s.t, err)
	return answer
}

func TestAPairwiseClientSeesOneSubjectEverywhere(t *testing.T) {
	s := withPairwise(t)
	tokens := s.pairwiseTokens(s.signIn(s.alice), oneID, oneBack)
	want, _ := claimsOf(t, tokens.IDToken)["sub"].(string)
	if want == "" || want == s.alice.ID {
		t.Fatalf("got sub %q", want)
	}
	refreshed, err := s.refresh(oneID, tokens.RefreshToken)
	must(t, err)
	userinfo, verified, err := s.issuer.Userinfo(t.Context(), tokens.AccessToken)
	must(t, err)
	var about string
	must(t, json.Unmarshal(userinfo.Claims["sub"], &about))
	for where, got := range map[string]any{
		"the access token":                 claimsOf(t, tokens.AccessToken)["sub"],
		"the refreshed access token":       claimsOf(t, refreshed.AccessToken)["sub"],
		"the refreshed id_token":           claimsOf(t, refreshed.IDToken)["sub"],
		"userinfo":                         about,
		"the log":                          verified.Subject,
		"introspection":                    s.introspected(oneID, tokens.AccessToken).Subject,
		"introspection of a refresh token": s.introspected(oneID, refreshed.RefreshToken).Subject,
	} {
		if got != want {
			t.Errorf("%s: got %v, want %s", where, got, want)
		}
	}
}

// Whatever two clients of different sectors put side by side, they do not learn that
// they serve the same person.
func TestPairwiseClientsCannotJoinWhatTheySee(t *testing.T) {
	s := withPairwise(t)
	signedIn := s.signIn(s.alice)
	told := map[string]map[string]bool{oneID: {}, twoID: {}}
	for clientID, back := range map[string]string{oneID: oneBack, twoID: twoBack} {
		tokens := s.pairwiseTokens(signedIn, clientID, back)
		refreshed, err := s.refresh(clientID, tokens.RefreshToken)
		must(t, err)
		for _, token := range []string{tokens.AccessToken, tokens.IDToken, refreshed.AccessToken, refreshed.IDToken} {
			claims := claimsOf(t, token)
			for _, name := range []string{"sub", "sid", "grant_id", "jti"} {
				if value, ok := claims[name].(string); ok {
					told[clientID][value] = true
				}
			}
			for _, secret := range []string{s.alice.ID, s.alice.Username, signedIn.ID} {
				if strings.Contains(payloadOf(t, token), secret) {
					t.Errorf("%s is told %s", clientID, secret)
				}
			}
		}
		for _, token := range []string{tokens.AccessToken, refreshed.RefreshToken} {
			if name := s.introspected(clientID, token).Username; name != "" {
				t.Errorf("introspection tells %s", name)
			}
		}
	}
	for value := range told[oneID] {
		if told[twoID][value] {
			t.Errorf("both are told %s", value)
		}
	}
}

func payloadOf(t testing.TB, token string) string {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	must(t, err)
	return string(payload)
}

// A sub that does not lead to the person must not keep the person from ending what
// it stands for.
func TestATokenOfAPairwiseClientIsEndedToo(t *testing.T) {
	for name, end := range map[string]func(s *site) error{
		"disabled":              func(s *site) error { return s.people.Disable(t.Context(), s.alice.ID) },
		"signed out everywhere": func(s *site) error { return s.people.SignOutEverywhere(t.Context(), s.alice.ID) },
		"consent withdrawn":     func(s *site) error { return s.issuer.WithdrawConsent(t.Context(), s.alice.ID, oneID) },
		"deleted":               func(s *site) error { return s.people.Delete(t.Context(), s.alice.ID) },
	} {
		s := withPairwise(t)
		tokens := s.pairwiseTokens(s.signIn(s.alice), oneID, oneBack)
		if !s.introspected(oneID, tokens.AccessToken).Active {
			t.Fatal("the token is not good to begin with")
		}
		must(t, end(s))
		if s.introspected(oneID, tokens.AccessToken).Active {
			t.Errorf("%s: introspection calls the token good", name)
		}
		if _, _, err := s.issuer.Userinfo(t.Context(), tokens.AccessToken); oauth.AsError(err).Code != oauth.InvalidToken {
			t.Errorf("%s: userinfo answers %v", name, err)
		}
		if _, err := s.refresh(oneID, tokens.RefreshToken); oauth.AsError(err).Code != oauth.InvalidGrant {
			t.Errorf("%s: refreshing answers %v", name, err)
		}
	}
}

// O36: a hint names the person by the sub that its client knows.
func TestO36AHintOfAPairwiseClient(t *testing.T) {
	s := withPairwise(t)
	alice, bob := s.signIn(s.alice), s.signIn(s.bob)
	hint := s.pairwiseTokens(alice, oneID, oneBack).IDToken
	req, client, err := s.parse(oneID, "redirect_uri="+oneBack, "id_token_hint="+hint)
	must(t, err)
	if step, err := s.issuer.Next(t.Context(), req, client, &alice, issue.Progress{}); err != nil || step != issue.Done {
		t.Errorf("got %s and %v for the person of the hint", step, err)
	}
	if step, err := s.issuer.Next(t.Context(), req, client, &bob, issue.Progress{}); err != nil || step != issue.SignIn {
		t.Errorf("got %s and %v for another person", step, err)
	}
	if _, _, err := s.parse(twoID, "redirect_uri="+twoBack, "id_token_hint="+hint); err == nil {
		t.Error("another client may ask who uses this one")
	}
}
