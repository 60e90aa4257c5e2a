package keys

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// formatOwnKey1 begins what is sealed under a key of its own: AES-256-GCM, with a random
// nonce.
const formatOwnKey1 = 2

// OwnKey seals what must be gone at once, wherever it lies: who drops the key, which is
// kept sealed in one record, has dropped all that was sealed under it. The zero value
// seals and opens nothing.
type OwnKey struct{ aead cipher.AEAD }

// NewOwnKey makes a key and returns it sealed, for the purpose.
func (s *Sealer) NewOwnKey(ctx context.Context, purpose string) ([]byte, error) {
	key := make([]byte, dataKeyBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand
	return s.Seal(ctx, key, purpose)
}

// OwnKey opens what NewOwnKey returned. For anything else the error is ErrForeign.
func (s *Sealer) OwnKey(ctx context.Context, sealed []byte, purpose string) (OwnKey, error) {
	key, err := s.Open(ctx, sealed, purpose)
	if err != nil {
		return OwnKey{}, err
	}
	aead, err := newAEAD(key)
	return OwnKey{aead}, err
}

// Seal encrypts plaintext, as Sealer.Seal does.
func (k OwnKey) Seal(plaintext []byte, purpose string) ([]byte, error) {
	if k.aead == nil || purpose == "" {
		return nil, errors.New("keys: seal without a key or a purpose")
	}
	return k.aead.Seal([]byte{formatOwnKey1}, nil, plaintext, []byte(purpose)), nil
}

// Open decrypts what Seal made for the same purpose. For anything else the error is
// ErrForeign.
func (k OwnKey) Open(sealed []byte, purpose string) ([]byte, error) {
	if k.aead == nil || len(sealed) == 0 || sealed[0] != formatOwnKey1 {
		return nil, fmt.Errorf("%w: it is not sealed under this key", ErrForeign)
	}
	plaintext, err := k.aead.Open(nil, nil, sealed[1:], []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("%w: altered, or sealed for another purpose or under another key", ErrForeign)
	}
	return plaintext, nil
}
