package keys

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// When the data key is unwrapped again. Between due and overdue one caller does
// it while the others go on; after overdue all wait for the outcome. So a wrapping
// key that is disabled stops every environment within 15 minutes of its last use,
// and a throttled one is asked once a minute.
const (
	unwrapDue     = 10 * time.Minute
	unwrapOverdue = 15 * time.Minute
	unwrapRetry   = time.Minute
	openRetry     = time.Second // when there is no data key to go on with
)

// formatDataKey1 begins everything that is sealed: AES-256-GCM under the data
// key, with a random nonce. It leaves room for a second data key or another cipher.
const formatDataKey1 = 1

// Sealer encrypts what must be kept secret in a table, under one data key that is
// itself kept wrapped. It may be used by many goroutines.
type Sealer struct {
	users   store.Table
	wrapper Wrapper
	now     func() time.Time

	turn    kept.Turn
	wrapped []byte // under turn; nil until read
	held    atomic.Pointer[heldKey]
}

// heldKey is the opened data key, or why there is none, and from when until when that
// holds.
type heldKey struct {
	aead               cipher.AEAD
	err                error
	made, due, overdue time.Time
}

// lasts reports whether it need not be asked for again yet. A clock that was set back
// must not keep the data key for ever.
func (h *heldKey) lasts(now time.Time) bool { return !now.Before(h.made) && now.Before(h.due) }

// OpenSealer reads the data key and unwraps it. A refusal (denied, disabled, the
// wrong key) is an error, so that a misconfigured process ends at once. When the
// store or the wrapper cannot be reached, or nothing was ever sealed, the Sealer
// is good and tries again when it is used: until then Seal and Open answer
// temporarily_unavailable. The first Seal makes the data key.
func OpenSealer(ctx context.Context, users store.Table, w Wrapper) (*Sealer, error) {
	if users == nil || w == nil {
		return nil, errors.New("keys: a table and a wrapper are required")
	}
	s := &Sealer{users: users, wrapper: w, now: time.Now, turn: kept.NewTurn()}
	s.held.Store(&heldKey{})
	if _, err := s.dataKey(ctx, false); err != nil && !passing(err) && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	return s, ctx.Err()
}

// Seal encrypts plaintext. The purpose is authenticated with it and must be given
// again to Open, so a sealed value cannot be moved to where another is expected:
// name the kind of secret and the record that holds it.
func (s *Sealer) Seal(ctx context.Context, plaintext []byte, purpose string) ([]byte, error) {
	if purpose == "" {
		return nil, errors.New("keys: seal without a purpose")
	}
	aead, err := s.dataKey(ctx, true)
	if err != nil {
		return nil, oauth.TemporarilyUnavailable.Errorf("secrets cannot be sealed now: %w", err)
	}
	sealed := make([]byte, 1, 1+len(plaintext)+aead.Overhead())
	sealed[0] = formatDataKey1
	return aead.Seal(sealed, nil, plaintext, []byte(purpose)), nil
}

// ErrForeign means that a value cannot have come from Seal, for this purpose and under
// this data key.
var ErrForeign = errors.New("keys: a sealed value does not open")

// Open decrypts what Seal made for the same purpose. For anything else the error is
// ErrForeign.
func (s *Sealer) Open(ctx context.Context, sealed []byte, purpose string) ([]byte, error) {
	aead, err := s.dataKey(ctx, false)
	if err != nil {
		return nil, oauth.TemporarilyUnavailable.Errorf("secrets cannot be opened now: %w", err)
	}
	if len(sealed) == 0 || sealed[0] != formatDataKey1 {
		return nil, fmt.Errorf("%w: it is not sealed", ErrForeign)
	}
	plaintext, err := aead.Open(nil, nil, sealed[1:], []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("%w: altered, or sealed for another purpose or under another key", ErrForeign)
	}
	return plaintext, nil
}
