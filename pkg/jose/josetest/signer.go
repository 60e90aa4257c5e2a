// Package josetest signs tokens for tests, wrong ones above all: whatever header
// and payload it is given. Only tests import it.
package josetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"sync"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Signer signs by one algorithm.
type Signer struct {
	Alg     oauth.Alg
	Private crypto.Signer // nil for HS256
	Secret  []byte        // for HS256
}

// rsaKey is made once: making one takes up to a second.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

// New returns a signer with a new key; those for RS256 and PS256 share one.
func New(alg oauth.Alg) Signer {
	s := Signer{Alg: alg}
	switch alg {
	case oauth.RS256, oauth.PS256:
		s.Private = rsaKey()
	case oauth.ES256:
		s.Private = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	case oauth.ES384:
		s.Private = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	case oauth.EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		s.Private = must(private, err)
	case oauth.HS256:
		s.Secret = []byte(rand.Text() + rand.Text())
	default:
		panic("no such algorithm: " + alg)
	}
	return s
}

// Algs are the algorithms that New knows.
func Algs() []oauth.Alg {
	return []oauth.Alg{oauth.RS256, oauth.PS256, oauth.ES256, oauth.ES384, oauth.EdDSA, oauth.HS256}
}

// Key returns the key that verifies what s signs.
func (s Signer) Key(id string) jose.Key {
	if s.Alg.Symmetric() {
		return must(jose.NewSecretKey(id, s.Secret))
	}
	return must(jose.NewPublicKey(id, s.Alg, s.Private.Public()))
}

// JWK returns the same key as a JWK, with the members given as JSON added.
func (s Signer) JWK(id, more string) string {
	var material string
	if s.Alg.Symmetric() {
		material = fmt.Sprintf(`"kty":"oct","k":%q`, Encode(s.Secret))
	} else {
		switch public := s.Private.Public().(type) {
		case *rsa.PublicKey:
			material = fmt.Sprintf(`"kty":"RSA","e":"AQAB","n":%q`, Encode(public.N.Bytes()))
		case *ecdsa.PublicKey:
			point := must(public.Bytes())
			half := len(point) / 2
			material = fmt.Sprintf(`"kty":"EC","crv":%q,"x":%q,"y":%q`,
				public.Curve.Params().Name, Encode(point[1:1+half]), Encode(point[1+half:]))
		case ed25519.PublicKey:
			material = fmt.Sprintf(`"kty":"OKP","crv":"Ed25519","x":%q`, Encode(public))
		}
	}
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"kid":%q,"alg":%q,%s%s}`, id, s.Alg, material, more)
}

// JWKS returns a JWK set of the keys.
func JWKS(jwks ...string) string {
	doc := `{"keys":[`
	for i, jwk := range jwks {
		if i > 0 {
			doc += ","
		}
		doc += jwk
	}
	return doc + "]}"
}

// Encode writes base64url without padding.
func Encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// Token signs the payload under a header that names the algorithm, and the typ
// and kid where they are not empty.
func (s Signer) Token(typ, kid, payload string) string {
	header := fmt.Sprintf(`{"alg":%q`, s.Alg)
	if typ != "" {
		header += fmt.Sprintf(`,"typ":%q`, typ)
	}
	if kid != "" {
		header += fmt.Sprintf(`,"kid":%q`, kid)
	}
	return s.Compact(header+"}", payload)
}

// Compact signs the payload under the header, whatever both say.
func (s Signer) Compact(header, payload string) string {
	return s.Seal(Encode([]byte(header)) + "." + Encode([]byte(payload)))
}

// Seal appends the signature to a signing input, whatever that is.
func (s Signer) Seal(signed string) string {
	return signed + "." + Encode(s.Signature([]byte(signed)))
}

// Signature returns the raw signature.
func (s Signer) Signature(signed []byte) []byte {
	digest := sha256.Sum256(signed)
	switch s.Alg {
	case oauth.RS256:
		return must(s.Private.Sign(rand.Reader, digest[:], crypto.SHA256))
	case oauth.PS256:
		options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		return must(s.Private.Sign(rand.Reader, digest[:], options))
	case oauth.ES256:
		return signECDSA(s.Private, digest[:], 32)
	case oauth.ES384:
		digest := sha512.Sum384(signed)
		return signECDSA(s.Private, digest[:], 48)
	case oauth.EdDSA:
		return must(s.Private.Sign(rand.Reader, signed, crypto.Hash(0)))
	default:
		mac := hmac.New(sha256.New, s.Secret)
		mac.Write(signed)
		return mac.Sum(nil)
	}
}

func signECDSA(key crypto.Signer, digest []byte, field int) []byte {
	r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), digest)
	if err != nil {
		panic(err)
	}
	signature := make([]byte, 2*field)
	r.FillBytes(signature[:field])
	s.FillBytes(signature[field:])
	return signature
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
