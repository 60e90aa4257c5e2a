package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TestJ41KeyFitsAlgorithm is inside the package: from outside no key gets so far
// whose public half does not fit already.
func TestJ41KeyFitsAlgorithm(t *testing.T) {
	p256, err256 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, err384 := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	rsa2048, errRSA := rsa.GenerateKey(rand.Reader, 2048)
	rsa1024, errShort := rsa.GenerateKey(rand.Reader, 1024)
	_, ed, errEd := ed25519.GenerateKey(rand.Reader)
	for _, err := range []error{err256, err384, errRSA, errShort, errEd} {
		if err != nil {
			t.Fatal(err)
		}
	}
	smallExponent := *rsa2048
	smallExponent.E = 1
	all := []oauth.Alg{oauth.RS256, oauth.PS256, oauth.ES256, oauth.ES384, oauth.EdDSA, oauth.HS256, "none", ""}
	for rule, c := range map[string]struct {
		key  crypto.Signer
		fits []oauth.Alg
	}{
		"P-256":                   {p256, []oauth.Alg{oauth.ES256}},
		"P-384":                   {p384, []oauth.Alg{oauth.ES384}},
		"Ed25519":                 {ed, []oauth.Alg{oauth.EdDSA}},
		"an Ed25519 key cut off":  {ed[:10], nil},
		"RSA with 2048 bits":      {rsa2048, []oauth.Alg{oauth.RS256, oauth.PS256}},
		"J19 RSA with 1024 bits":  {rsa1024, nil},
		"J19 RSA with exponent 1": {&smallExponent, nil},
		"no key":                  {nil, nil},
	} {
		for _, alg := range all {
			_, err := newSigner("kid", alg, c.key)
			want := false
			for _, fit := range c.fits {
				want = want || fit == alg
			}
			if (err == nil) != want {
				t.Errorf("%s under %q: got %v, want it to fit: %v", rule, alg, err, want)
			}
		}
	}
}
