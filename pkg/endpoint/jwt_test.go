package endpoint_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// decodePart returns one part of a compact JWS, decoded.
func decodePart(t *testing.T, token string, part int) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a compact JWS: %q", token)
	}
	decoded, err := base64.RawURLEncoding.DecodeString(parts[part])
	must(t, err)
	return string(decoded)
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	var claims map[string]any
	must(t, json.Unmarshal([]byte(decodePart(t, token, 1)), &claims))
	return claims
}

// foreign is a token that claims to be ours, signed with somebody else's key.
func foreign(t *testing.T, s *site) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	headers := jws.NewHeaders()
	must(t, headers.Set("typ", "at+jwt"))
	claims, err := json.Marshal(map[string]any{
		"iss": issuer, "sub": s.alice.ID, "aud": issuer, "client_id": publicID, "jti": "x", "scope": "openid",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(), "grant_id": "x",
	})
	must(t, err)
	token, err := jws.Sign(claims, jws.WithKey(jwa.ES256, key, jws.WithProtectedHeaders(headers)))
	must(t, err)
	return string(token)
}
