package issue_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// TestO34ATHashFollowsTheSignature: a client that takes another digest refuses the
// token, or checks nothing (OpenID Connect Core §3.1.3.6).
func TestO34ATHashFollowsTheSignature(t *testing.T) {
	sha2 := func(token string) []byte { sum := sha256.Sum256([]byte(token)); return sum[:16] }
	for alg, half := range map[oauth.Alg]func(token string) []byte{
		oauth.RS256: sha2, oauth.PS256: sha2, oauth.ES256: sha2, oauth.HS256: sha2,
		oauth.EdDSA: func(token string) []byte { sum := sha512.Sum512([]byte(token)); return sum[:32] },
	} {
		s := withReader(t, func(m *oauth.ClientMetadata) { m.IDTokenSignedResponseAlg = alg })
		tokens := s.tokens(readerID, s.code(readerID))
		want := base64.RawURLEncoding.EncodeToString(half(tokens.AccessToken))
		if got := claimsOf(t, tokens.IDToken)["at_hash"]; got != want {
			t.Errorf("%s: got %v, want %s", alg, got, want)
		}
	}
}

func TestAClientsTokensLiveAsLongAsItIsRegisteredFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for registered, want := range map[int]time.Duration{0: time.Hour, 300: 5 * time.Minute, 7200: 2 * time.Hour} {
			s := withReader(t, func(m *oauth.ClientMetadata) { m.AccessTokenLifetime = registered })
			tokens := s.tokens(readerID, s.code(readerID))
			claims := claimsOf(t, tokens.AccessToken)
			if got := claims["exp"].(float64) - claims["iat"].(float64); got != want.Seconds() || tokens.ExpiresIn != int(want.Seconds()) {
				t.Errorf("%d seconds: the token lives %v, and says %d", registered, got, tokens.ExpiresIn)
			}
			time.Sleep(want - time.Second)
			if !s.works(tokens) {
				t.Errorf("%d seconds: over too soon", registered)
			}
			time.Sleep(time.Second)
			if s.works(tokens) {
				t.Errorf("%d seconds: it lives on", registered)
			}
		}
	})
}

// What decides how an API's tokens are signed is remembered for ten seconds, after
// which its registration counts.
func TestANewAlgorithmOfAnAPIIsTakenUpWithinTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		const api = "https://api.example.com"
		s.register(identity.Registration{ID: "api", Secret: secret, ClientMetadata: oauth.ClientMetadata{
			Resource: []string{api}, AccessTokenSignedResponseAlg: oauth.RS256,
		}})
		registration := machine()
		registration.Audience = []string{api}
		s.register(registration)
		alg := func() oauth.Alg {
			tokens, err := s.grant(oauth.ClientCredentials, "machine", s.params(url.Values{"resource": {api}}))
			must(t, err)
			parsed, err := jose.ParseCompact(tokens.AccessToken, jose.MaxAccessTokenBytes)
			must(t, err)
			return parsed.Header.Alg
		}
		if got := alg(); got != oauth.RS256 {
			t.Fatalf("got %s", got)
		}
		_, err := s.clients.Update(t.Context(), "api", func(m *oauth.ClientMetadata) error {
			m.AccessTokenSignedResponseAlg = oauth.PS256
			return nil
		})
		must(t, err)
		time.Sleep(10 * time.Second)
		if got := alg(); got != oauth.PS256 {
			t.Errorf("ten seconds later: %s", got)
		}
	})
}

// TestF14ARevocationLastsAsLongAsItsToken: shorter, and the token is good again;
// longer, and the table fills up.
func TestF14ARevocationLastsAsLongAsItsToken(t *testing.T) {
	s := open(t)
	tokens := s.tokens(webID, s.code(webID, "scope=openid offline_access", "prompt=consent"))
	client, err := s.clients.Get(t.Context(), webID)
	must(t, err)
	must(t, s.issuer.Revoke(t.Context(), client, tokens.AccessToken))
	claims := claimsOf(t, tokens.AccessToken)
	record, err := s.state.Get(t.Context(), store.Key{Partition: "jti#" + claims["jti"].(string), Sort: "revoked#" + webID})
	must(t, err)
	if want := int64(claims["exp"].(float64)); record.Expires.Unix() != want {
		t.Errorf("until %v, want %v", record.Expires, time.Unix(want, 0))
	}
}
