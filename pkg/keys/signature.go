package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// signer is a private key that fits its algorithm; newSigner is its only source.
type signer struct {
	id  string
	alg oauth.Alg
	key crypto.Signer
}

// newSigner refuses a key that its algorithm must not be used with (RFC 7518 §3.3
// and §3.4, RFC 8037 §3.1): libraries sign ES256 with a P-384 key and nobody can
// verify it, and a short RSA key can be factored. The check is made once a key.
func newSigner(id string, alg oauth.Alg, key crypto.Signer) (*signer, error) {
	fits := false
	switch k := key.(type) {
	case *rsa.PrivateKey:
		bits := k.N.BitLen()
		fits = (alg == oauth.RS256 || alg == oauth.PS256) && bits >= 2048 && bits <= 4096 && k.E == 65537
	case *ecdsa.PrivateKey:
		fits = alg == oauth.ES256 && k.Curve == elliptic.P256() || alg == oauth.ES384 && k.Curve == elliptic.P384()
	case ed25519.PrivateKey:
		fits = alg == oauth.EdDSA && len(k) == ed25519.PrivateKeySize
	}
	if !fits {
		return nil, fmt.Errorf("keys: key %s does not fit %s", id, alg)
	}
	return &signer{id: id, alg: alg, key: key}, nil
}

// sign returns the signature in the form of RFC 7518 §3 and RFC 8037 §3.1.
func (s *signer) sign(input []byte) ([]byte, error) {
	switch k := s.key.(type) {
	case *ecdsa.PrivateKey:
		return signECDSA(k, s.alg, input)
	case ed25519.PrivateKey:
		return ed25519.Sign(k, input), nil
	case *rsa.PrivateKey:
		digest := sha256.Sum256(input)
		if s.alg == oauth.PS256 { // salt as long as the hash: RFC 7518 §3.5
			return rsa.SignPSS(rand.Reader, k, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.SignPKCS1v15(nil, k, crypto.SHA256, digest[:])
	default:
		return nil, fmt.Errorf("keys: no way to sign with %T", s.key)
	}
}

// signECDSA returns R and S at the full length of the curve's order (RFC 7518 §3.4).
func signECDSA(k *ecdsa.PrivateKey, alg oauth.Alg, input []byte) ([]byte, error) {
	var digest []byte
	if alg == oauth.ES384 {
		sum := sha512.Sum384(input)
		digest = sum[:]
	} else {
		sum := sha256.Sum256(input)
		digest = sum[:]
	}
	r, s, err := ecdsa.Sign(rand.Reader, k, digest)
	if err != nil {
		return nil, err
	}
	size := (k.Curve.Params().BitSize + 7) / 8
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
}
