package keys_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func encodePEM(t *testing.T, kind string, key any) []byte {
	t.Helper()
	var der []byte
	var err error
	switch kind {
	case "EC PRIVATE KEY":
		der, err = x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
	case "RSA PRIVATE KEY":
		der = x509.MarshalPKCS1PrivateKey(key.(*rsa.PrivateKey))
	default:
		der, err = x509.MarshalPKCS8PrivateKey(key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestAPrivateKeyInPEMSignsByItsKind(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	long, _ := rsa.GenerateKey(rand.Reader, 2048)
	for name, c := range map[string]struct {
		text   []byte
		alg    oauth.Alg
		public any
	}{
		"P-256 in PKCS #8":  {encodePEM(t, "PRIVATE KEY", p256), oauth.ES256, &p256.PublicKey},
		"P-256 as OpenSSL":  {encodePEM(t, "EC PRIVATE KEY", p256), oauth.ES256, &p256.PublicKey},
		"RSA in PKCS #1":    {encodePEM(t, "RSA PRIVATE KEY", long), oauth.RS256, &long.PublicKey},
		"Ed25519 in PKCS 8": {encodePEM(t, "PRIVATE KEY", ed), oauth.EdDSA, ed.Public()},
	} {
		key, err := keys.ParsePrivateKey("kid", c.text)
		if err != nil || key.Alg() != c.alg {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		token, err := key.Sign("JWT", map[string]string{"iss": "a"})
		if err != nil {
			t.Fatal(err)
		}
		jws, err := jose.ParseCompact(token, 4096)
		if err != nil {
			t.Fatal(err)
		}
		public, err := jose.NewPublicKey("kid", c.alg, c.public)
		if err != nil || jws.Verify(public) != nil || jws.Header.KeyID != "kid" {
			t.Errorf("%s: the signature is wrong: %v", name, err)
		}
	}
}

func TestAPrivateKeyThatWillNotDoIsRefused(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	good := string(encodePEM(t, "PRIVATE KEY", p256))
	for name, text := range map[string]string{
		"nothing": "", "no PEM": "secret", "two keys": good + good, "P-384": string(encodePEM(t, "PRIVATE KEY", p384)),
		"broken": strings.Replace(good, "M", "A", 1),
	} {
		if _, err := keys.ParsePrivateKey("kid", []byte(text)); err == nil || strings.Contains(err.Error(), good[30:50]) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
