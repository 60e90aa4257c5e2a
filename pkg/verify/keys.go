package verify

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// What a KeySource can fail with.
var (
	ErrUnknownKey      = errors.New("no key with this kid")  // the caller's fault
	ErrKeysUnavailable = errors.New("the keys are not here") // ours
)

// ErrIssuerUnavailable means that an issuer was asked about a token and did not
// answer, or not sensibly.
var ErrIssuerUnavailable = errors.New("the issuer did not answer")

// KeySource finds the key of one issuer by a token's kid, which is a stranger's
// and may be empty. It returns ErrUnknownKey when the issuer has no such key and
// ErrKeysUnavailable when it cannot know; nothing else. It need not check that
// the key suits the token.
type KeySource interface {
	Key(ctx context.Context, kid string) (jose.Key, error)
}

// StaticKeys is a KeySource of keys that never change.
func StaticKeys(keys jose.Set) KeySource { return staticKeys(keys) }

type staticKeys jose.Set

func (s staticKeys) Key(_ context.Context, kid string) (jose.Key, error) {
	key, ok := jose.Set(s).Key(kid)
	if !ok {
		return jose.Key{}, ErrUnknownKey
	}
	return key, nil
}
