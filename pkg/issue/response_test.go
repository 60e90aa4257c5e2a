package issue_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const readerID = "reader"

// withReader adds a client that wants its responses as change says.
func withReader(t testing.TB, change func(*oauth.ClientMetadata)) *site {
	t.Helper()
	s := open(t)
	metadata := oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}, Scope: oauth.Scope{"openid", "email"}, RedirectURIs: []string{callback},
	}
	change(&metadata)
	s.register(identity.Registration{ID: readerID, Secret: secret, ClientMetadata: metadata})
	return s
}

// ownKey makes a client's key pair, and the JWK set to register.
func ownKey(t testing.TB) (*ecdsa.PrivateKey, json.RawMessage) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	public, err := jwk.FromRaw(&private.PublicKey)
	must(t, err)
	must(t, public.Set(jwk.KeyIDKey, "reader's key"))
	set := jwk.NewSet()
	must(t, set.AddKey(public))
	document, err := json.Marshal(set)
	must(t, err)
	return private, document
}

// verified checks a JWT of ours by the published keys, or the client's secret.
func (s *site) verified(token string) (jose.Header, jose.Claims) {
	s.t.Helper()
	parsed, err := jose.ParseCompact(token, jose.MaxAssertionBytes)
	must(s.t, err)
	key, err := jose.NewSecretKey("", []byte(secret))
	if !parsed.Header.Alg.Symmetric() {
		key, err = s.ring.Key(s.t.Context(), parsed.Header.KeyID)
	}
	must(s.t, err)
	must(s.t, parsed.Verify(key))
	claims, err := jose.ParseClaims(parsed.Payload)
	must(s.t, err)
	return parsed.Header, claims
}

func TestUserinfoIsSignedAsTheClientIsRegistered(t *testing.T) {
	for _, alg := range []oauth.Alg{oauth.RS256, oauth.PS256, oauth.ES256, oauth.EdDSA, oauth.HS256} {
		s := withReader(t, func(m *oauth.ClientMetadata) { m.UserinfoSignedResponseAlg = alg })
		response, _, err := s.issuer.Userinfo(t.Context(), s.tokens(readerID, s.code(readerID, "scope=openid email")).AccessToken)
		must(t, err)
		header, claims := s.verified(response.JWT)
		if header.Alg != alg {
			t.Errorf("got %s, want %s", header.Alg, alg)
		}
		for name, want := range map[string]any{"iss": issuer, "aud": readerID, "sub": s.alice.ID, "email": "alice@example.com", "email_verified": true} {
			if claims[name] != want {
				t.Errorf("%s: got %s %v, want %v", alg, name, claims[name], want)
			}
		}
		if _, present := claims["nonce"]; present {
			t.Errorf("%s: there is a nonce", alg)
		}
	}
}

// What says who somebody is must not pass for what says that they are here.
func TestSignedUserinfoIsNoIDTokenHint(t *testing.T) {
	s := withReader(t, func(m *oauth.ClientMetadata) { m.UserinfoSignedResponseAlg = oauth.RS256 })
	tokens := s.tokens(readerID, s.code(readerID))
	response, _, err := s.issuer.Userinfo(t.Context(), tokens.AccessToken)
	must(t, err)
	if _, _, err := s.parse(readerID, "id_token_hint="+tokens.IDToken); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.parse(readerID, "id_token_hint="+response.JWT); err == nil {
		t.Error("it is taken for an id_token")
	}
	if _, err := s.userinfo(response.JWT); oauth.AsError(err).Code != oauth.InvalidToken {
		t.Errorf("as an access token: %v", err)
	}
}

func TestResponsesAreEncryptedAsTheClientIsRegistered(t *testing.T) {
	private, document := ownKey(t)
	for name, c := range map[string]struct {
		change                func(*oauth.ClientMetadata)
		idToken, signed, json bool // encrypted id_token; userinfo encrypted in a signature, or as JSON
	}{
		"the id_token":     {func(m *oauth.ClientMetadata) { m.IDTokenEncryptedResponseAlg = oauth.ECDHES }, true, false, false},
		"userinfo as JSON": {func(m *oauth.ClientMetadata) { m.UserinfoEncryptedResponseAlg = oauth.ECDHES }, false, false, true},
		"signed userinfo": {func(m *oauth.ClientMetadata) {
			m.UserinfoEncryptedResponseAlg, m.UserinfoEncryptedResponseEnc = oauth.ECDHES, oauth.A256GCM
			m.UserinfoSignedResponseAlg = oauth.ES256
		}, false, true, false},
	} {
		s := withReader(t, func(m *oauth.ClientMetadata) { m.JWKS = document; c.change(m) })
		tokens := s.tokens(readerID, s.code(readerID, "scope=openid email"))
		response, _, err := s.issuer.Userinfo(t.Context(), tokens.AccessToken)
		must(t, err)
		idToken := tokens.IDToken
		if encrypted := strings.Count(idToken, ".") == 4; encrypted != c.idToken {
			t.Fatalf("%s: the id_token is encrypted %v", name, encrypted)
		}
		if c.idToken {
			idToken = string(decrypted(t, private, idToken))
		}
		if _, claims := s.verified(idToken); claims["sub"] != s.alice.ID || claims["nonce"] != "a nonce" {
			t.Errorf("%s: got an id_token of %v", name, claims)
		}
		switch {
		case c.signed:
			if _, claims := s.verified(string(decrypted(t, private, response.JWT))); claims["email"] != "alice@example.com" {
				t.Errorf("%s: got %v", name, claims)
			}
		case c.json:
			var claims map[string]any
			must(t, json.Unmarshal(decrypted(t, private, response.JWT), &claims))
			if claims["email"] != "alice@example.com" || claims["sub"] != s.alice.ID {
				t.Errorf("%s: got %v", name, claims)
			}
		case response.JWT != "":
			t.Errorf("%s: userinfo is no JSON", name)
		}
	}
}

func decrypted(t testing.TB, private *ecdsa.PrivateKey, token string) []byte {
	t.Helper()
	content, err := jwe.Decrypt([]byte(token), jwe.WithKey(jwa.ECDH_ES, private))
	must(t, err)
	return content
}
