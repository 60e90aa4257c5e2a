package identity

import (
	"context"
	"sync/atomic"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// hasher computes one password hash at a time. A hash takes 19 MiB and a whole
// core; in parallel, a few strangers would exhaust the memory of a Lambda. The
// price is that sign-ins queue up, until their deadlines.
type hasher struct {
	turn  chan struct{}
	calls atomic.Int64
}

func newHasher() *hasher { return &hasher{turn: make(chan struct{}, 1)} }

// hash makes a new hash of a prepared password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	made := newArgon2id()
	sum, err := h.compute(ctx, made, password)
	if err != nil {
		return "", err
	}
	made.sum = sum
	return made.String(), nil
}

// verify reports whether the prepared password has this hash. An empty one, of
// somebody unknown or without a password, costs the same; it stands for a sum of
// zeros, which no password has.
func (h *hasher) verify(ctx context.Context, hash, password string) (match, weak bool, err error) {
	kept := newArgon2id()
	if hash != "" {
		if kept, err = parseArgon2id(hash); err != nil {
			return false, false, err
		}
	}
	sum, err := h.compute(ctx, kept, password)
	if err != nil {
		return false, false, err
	}
	return kept.equal(sum), kept.weak(), nil
}

func (h *hasher) compute(ctx context.Context, a argon2id, password string) ([]byte, error) {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return nil, oauth.TemporarilyUnavailable.Errorf("too many sign-ins at once: %w", ctx.Err())
	}
	h.calls.Add(1)
	return a.compute(password), nil
}
