package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const minSecretBytes = 32 // as long as the hash: RFC 7518 §3.2

// Key verifies signatures by exactly one algorithm (RFC 8725 §3.1). The zero
// value refuses every signature. It does not print what it holds.
type Key struct {
	id  string
	alg oauth.Alg
	rsa *rsa.PublicKey
	ec  *ecdsa.PublicKey
	ed  ed25519.PublicKey
	of  string           // the issuer member of its JWK, if any
	mac func() hash.Hash // a func, for printing a struct shows what its fields hold
}

// NewPublicKey returns the key with which alg's signatures are verified. It
// refuses a key of another kind or curve, a weak one, and HS256, whose secret
// would be public (CVE-2016-10555). The id may be empty.
func NewPublicKey(id string, alg oauth.Alg, public crypto.PublicKey) (Key, error) {
	if err := checkKeyID(id); err != nil {
		return Key{}, err
	}
	return newPublicKey(id, alg, public)
}

func newPublicKey(id string, alg oauth.Alg, public crypto.PublicKey) (Key, error) {
	k := Key{id: id, alg: alg}
	switch public := public.(type) {
	case *rsa.PublicKey:
		if alg != oauth.RS256 && alg != oauth.PS256 {
			return Key{}, fmt.Errorf("an RSA key cannot be used with %q", alg)
		}
		if err := checkRSA(public); err != nil {
			return Key{}, err
		}
		k.rsa = public
		return k, nil
	case *ecdsa.PublicKey:
		// P-256 for ES256 only, P-384 for ES384 only: RFC 7518 §3.4
		if (alg != oauth.ES256 || public.Curve != elliptic.P256()) && (alg != oauth.ES384 || public.Curve != elliptic.P384()) {
			return Key{}, fmt.Errorf("a key on this curve cannot be used with %q", alg)
		}
		if _, err := public.Bytes(); err != nil { // checks that the point lies on the curve
			return Key{}, fmt.Errorf("EC key: %w", err)
		}
		k.ec = public
		return k, nil
	case ed25519.PublicKey:
		if alg != oauth.EdDSA || len(public) != ed25519.PublicKeySize {
			return Key{}, fmt.Errorf("an Ed25519 key of %d bytes cannot be used with %q", len(public), alg)
		}
		k.ed = public
		return k, nil
	default:
		return Key{}, fmt.Errorf("keys of type %T are not supported", public)
	}
}

// NewSecretKey returns the key with which HS256 signatures are verified.
func NewSecretKey(id string, secret []byte) (Key, error) {
	if err := checkKeyID(id); err != nil {
		return Key{}, err
	}
	return newSecretKey(id, secret)
}

func newSecretKey(id string, secret []byte) (Key, error) {
	if len(secret) < minSecretBytes {
		return Key{}, errors.New("a secret for HS256 has at least 32 bytes (RFC 7518 section 3.2)")
	}
	secret = slices.Clone(secret)
	mac := func() hash.Hash { return hmac.New(sha256.New, secret) }
	return Key{id: id, alg: oauth.HS256, mac: mac}, nil
}

// ID returns the key's kid, or "" when it has none.
func (k Key) ID() string { return k.id }

// Alg returns the one algorithm that the key is for.
func (k Key) Alg() oauth.Alg { return k.alg }

// Issuer returns whose tokens the key's own issuer member says that it signs, "" for none.
// Microsoft Entra has it, for its key sets are of many issuers; it is in no specification.
func (k Key) Issuer() string { return k.of }

// String names the key without what it holds.
func (k Key) String() string { return fmt.Sprintf("jose.Key(%s %q)", k.alg, k.id) }

// GoString names the key without what it holds, for %#v.
func (k Key) GoString() string { return k.String() }
