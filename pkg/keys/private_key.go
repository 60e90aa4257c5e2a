package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// PrivateKey is a key by which another provider knows us, and which is in no ring: that
// provider has made it, or published its other half by itself.
type PrivateKey struct{ signer *signer }

// ParsePrivateKey reads a key in PEM, as PKCS #8 or what OpenSSL wrote before (RFC 5958,
// RFC 5915, RFC 8017). It signs by ES256, RS256 or EdDSA, as its kind demands.
func ParsePrivateKey(id string, text []byte) (PrivateKey, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		return PrivateKey{}, errors.New("keys: no key in PEM")
	}
	if next, _ := pem.Decode(rest); next != nil {
		return PrivateKey{}, errors.New("keys: more than one key")
	}
	key, alg, err := privateKey(block.Bytes)
	if err != nil {
		return PrivateKey{}, err
	}
	s, err := newSigner(id, alg, key)
	return PrivateKey{s}, err
}

func privateKey(der []byte) (crypto.Signer, oauth.Alg, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if parsed, err = x509.ParseECPrivateKey(der); err != nil {
			parsed, err = x509.ParsePKCS1PrivateKey(der)
		}
	}
	if err != nil {
		return nil, "", errors.New("keys: not a private key") // the cause could quote it
	}
	switch key := parsed.(type) {
	case *ecdsa.PrivateKey:
		return key, oauth.ES256, nil
	case *rsa.PrivateKey:
		return key, oauth.RS256, nil
	case ed25519.PrivateKey:
		return key, oauth.EdDSA, nil
	default:
		return nil, "", errors.New("keys: a private key of a kind that signs nothing here")
	}
}

// Alg is the algorithm that the key signs by.
func (k PrivateKey) Alg() oauth.Alg { return k.signer.alg }

// Sign makes a JWT: see Ring.Sign.
func (k PrivateKey) Sign(typ string, claims any) (string, error) {
	return compact(k.signer.alg, k.signer.id, typ, claims, k.signer.sign)
}
