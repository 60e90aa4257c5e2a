package upstream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

func TestASecretIsShownByTheRegisteredMethod(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	op.Secret = "s+cret: with/odd=characters-and-enough"
	_, err := s.visit(s.add("basic", op, func(set *upstream.Settings) { set.ClientID = "the house" }))
	must(t, err)
	_, err = s.visit(s.add("post", op, func(set *upstream.Settings) { set.Auth = oauth.ClientSecretPost }))
	must(t, err)
	_, err = s.visit(s.add("public", op, func(set *upstream.Settings) { set.Auth = oauth.NoAuth }))
	must(t, err)
	forms, headers := op.Asked()
	encoded := base64.StdEncoding.EncodeToString([]byte("the+house:s%2Bcret%3A+with%2Fodd%3Dcharacters-and-enough")) // RFC 6749 §2.3.1
	if headers[0].Get("Authorization") != "Basic "+encoded || forms[0].Has("client_secret") || forms[0].Has("client_id") {
		t.Errorf("basic: %v %v", headers[0], forms[0])
	}
	if headers[1].Get("Authorization") != "" || forms[1].Get("client_secret") != op.Secret || forms[1].Get("client_id") != "house" {
		t.Errorf("post: %v %v", headers[1], forms[1])
	}
	if headers[2].Get("Authorization") != "" || forms[2].Has("client_secret") || forms[2].Get("client_id") != "house" {
		t.Errorf("public: %v %v", headers[2], forms[2])
	}
}

func TestAnAssertionIsSignedByTheKeysThatArePublished(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	for id, c := range map[string]struct {
		audience, want string
	}{
		"issuer": {"", op.Issuer}, "endpoint": {upstream.AudienceTokenEndpoint, op.Issuer + "/token"},
	} {
		before, _ := op.Asked()
		_, err := s.visit(s.add(id, op, func(set *upstream.Settings) { set.Auth, set.AssertionAudience = oauth.PrivateKeyJWT, c.audience }))
		must(t, err)
		forms, _ := op.Asked()
		form := forms[len(before)]
		jws, err := jose.ParseCompact(form.Get("client_assertion"), jose.MaxAssertionBytes)
		must(t, err)
		claims, err := jose.ParseClaims(jws.Payload)
		must(t, err)
		expires, _, _ := claims.Time("exp")
		if form.Get("client_assertion_type") != oauth.ClientAssertionType || jws.Header.Alg != oauth.ES256 ||
			claims["iss"] != "house" || claims["sub"] != "house" || claims["aud"] != c.want || claims["jti"] == "" || time.Until(expires) > 5*time.Minute {
			t.Errorf("got %v %v", form, claims)
		}
	}
}

// privateKey is one in PEM, as Apple hands it out.
func privateKey(t *testing.T) (*ecdsa.PrivateKey, oauth.Secret) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	return key, oauth.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestAppleIsShownAJWTOfTheTeam(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	key, text := privateKey(t)
	op.Secret = string(text)
	_, err := s.visit(s.add("apple", op, func(set *upstream.Settings) {
		set.Auth, set.TeamID, set.KeyID, set.ResponseMode = upstream.AppleSecret, "TEAM123456", "KEY1234567", oauth.FormPost
	}))
	must(t, err)
	forms, _ := op.Asked()
	jws, err := jose.ParseCompact(forms[0].Get("client_secret"), jose.MaxAssertionBytes)
	must(t, err)
	public, err := jose.NewPublicKey("KEY1234567", oauth.ES256, &key.PublicKey)
	must(t, err)
	must(t, jws.Verify(public))
	claims, err := jose.ParseClaims(jws.Payload)
	must(t, err)
	if jws.Header.KeyID != "KEY1234567" || claims["iss"] != "TEAM123456" || claims["sub"] != "house" || claims["aud"] != op.Issuer {
		t.Errorf("got %+v %v", jws.Header, claims)
	}
	if forms[0].Get("client_id") != "house" || forms[0].Has("client_assertion") {
		t.Errorf("got %v", forms[0])
	}
}

func TestAKeyOfItsOwnSignsAssertions(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	key, text := privateKey(t)
	op.Secret = string(text)
	_, err := s.visit(s.add("own", op, func(set *upstream.Settings) { set.Auth, set.KeyID = oauth.PrivateKeyJWT, "mine" }))
	must(t, err)
	forms, _ := op.Asked()
	jws, err := jose.ParseCompact(forms[0].Get("client_assertion"), jose.MaxAssertionBytes)
	must(t, err)
	public, err := jose.NewPublicKey("mine", oauth.ES256, &key.PublicKey)
	must(t, err)
	must(t, jws.Verify(public))
}
