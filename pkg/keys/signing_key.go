package keys

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// signingKey is a key of the ring in memory. Its private part is opened when it
// first signs, so that a function pays for the keys that it uses.
type signingKey struct {
	keyRecord
	opened atomic.Pointer[signer]
}

func (k *signingKey) signer(ctx context.Context, s *Sealer) (*signer, error) {
	if opened := k.opened.Load(); opened != nil {
		return opened, nil
	}
	der, err := s.Open(ctx, k.Private, privatePurpose(k.keyRecord))
	if err != nil {
		return nil, fmt.Errorf("open signing key %s: %w", k.ID, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("parse signing key %s: %w", k.ID, err)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("keys: signing key %s is a %T", k.ID, parsed)
	}
	opened, err := newSigner(k.ID, k.Alg, key)
	if err != nil {
		return nil, err
	}
	// Signing with another key than the published one makes tokens nobody can verify.
	_, id, err := publicJWK(k.Alg, key.Public())
	if err != nil {
		return nil, err
	}
	if id != k.ID {
		return nil, fmt.Errorf("keys: what is sealed for %s is the private key of %s", k.ID, id)
	}
	k.opened.Store(opened)
	return opened, nil
}

// privatePurpose ties a sealed private key to its id and algorithm.
func privatePurpose(k keyRecord) string { return "signing key " + string(k.Alg) + " " + k.ID }

// makeKey makes a key that has no place in time yet. An RSA key takes from a tenth
// of a second to several, so this is never called to answer a request.
func makeKey(ctx context.Context, s *Sealer, alg oauth.Alg) (keyRecord, error) {
	key, err := generate(alg)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", alg, err)
	}
	public, id, err := publicJWK(alg, key.Public())
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", alg, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return keyRecord{}, fmt.Errorf("make %s key: %w", alg, err)
	}
	record := keyRecord{ID: id, Alg: alg, Public: public}
	record.Private, err = s.Seal(ctx, der, privatePurpose(record))
	return record, err
}

func generate(alg oauth.Alg) (crypto.Signer, error) {
	switch alg {
	case oauth.RS256, oauth.PS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	case oauth.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case oauth.ES384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case oauth.EdDSA:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	default: // HS256 among them: a shared secret has no place in a published set
		return nil, fmt.Errorf("keys: no keys are made for %q", string(alg))
	}
}

// publicJWK returns the published form of a key (RFC 7517 §4) and its id, the
// thumbprint, which nobody can choose (RFC 7638).
func publicJWK(alg oauth.Alg, public crypto.PublicKey) (json.RawMessage, string, error) {
	key, err := jwk.FromRaw(public)
	if err != nil {
		return nil, "", err
	}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, "", err
	}
	id := base64.RawURLEncoding.EncodeToString(thumbprint)
	for name, value := range map[string]any{
		jwk.KeyIDKey:     id,
		jwk.AlgorithmKey: jwa.SignatureAlgorithm(alg),
		jwk.KeyUsageKey:  jwk.ForSignature,
	} {
		if err := key.Set(name, value); err != nil {
			return nil, "", err
		}
	}
	text, err := json.Marshal(key)
	return text, id, err
}

// place sets when a new key was made and when it signs.
func (k keyRecord) place(now, activates time.Time) keyRecord {
	k.Created = now
	k.Activates = activates
	return k
}
