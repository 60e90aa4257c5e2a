package keys

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

const dataKeyBytes = 32 // AES-256

// dataKeyRecord is the data key as the user table keeps it.
type dataKeyRecord struct {
	Wrapped []byte    `json:"wrapped"`
	Created time.Time `json:"created"`
}

func dataKeyKey() store.Key { return store.Key{Partition: "keys", Sort: "data-key"} }

// dataKey returns the data key, made now if that is wished and there is none.
func (s *Sealer) dataKey(ctx context.Context, create bool) (cipher.AEAD, error) {
	held, now := s.held.Load(), s.now()
	if held.lasts(now) {
		return held.aead, held.err
	}
	if held.aead != nil && now.Before(held.overdue) {
		if !s.turn.TryEnter() {
			return held.aead, nil
		}
	} else if err := s.turn.Enter(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer s.turn.Leave()
	if held = s.held.Load(); held.lasts(s.now()) {
		return held.aead, held.err // somebody did it while we waited
	}
	aead, err := s.unwrap(ctx, create)
	if err != nil && ctx.Err() != nil { // our caller gave up, which decides nothing
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	held = held.next(aead, err, s.now().Round(0))
	s.held.Store(held)
	return held.aead, held.err
}

// next decides what an attempt at unwrapping means. A cause that will pass costs
// nothing to who has the data key already, so that KMS, whose quotas the account
// shares, can be throttled for hours; a refusal takes the data key away, so that
// an operator who disables the wrapping key stops us. The price is a call every
// ten minutes. Wall-clock times are kept, because an environment can be frozen.
func (h *heldKey) next(aead cipher.AEAD, err error, now time.Time) *heldKey {
	switch {
	case err == nil:
		return &heldKey{aead: aead, made: now, due: now.Add(unwrapDue), overdue: now.Add(unwrapOverdue)}
	case passing(err) && h.aead != nil:
		return &heldKey{aead: h.aead, made: now, due: now.Add(unwrapRetry), overdue: now.Add(unwrapRetry)}
	case errors.Is(err, store.ErrNotFound): // the next Seal, here or elsewhere, makes it
		return &heldKey{err: err}
	case passing(err):
		return &heldKey{err: err, made: now, due: now.Add(openRetry), overdue: now.Add(openRetry)}
	default:
		return &heldKey{err: err, made: now, due: now.Add(unwrapRetry), overdue: now.Add(unwrapRetry)}
	}
}

// passing reports whether the cause of a failure says nothing about our right to
// the data key.
func passing(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, store.ErrUnavailable)
}

func (s *Sealer) unwrap(ctx context.Context, create bool) (cipher.AEAD, error) {
	if s.wrapped == nil {
		record, _, err := store.Load[dataKeyRecord](ctx, s.users, dataKeyKey())
		if errors.Is(err, store.ErrNotFound) && create {
			return s.create(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("load data key: %w", err)
		}
		s.wrapped = record.Wrapped
	}
	dataKey, err := s.wrapper.Unwrap(ctx, s.wrapped)
	if err != nil {
		s.wrapped = nil // it may have been wrapped anew
		return nil, fmt.Errorf("unwrap data key: %w", err)
	}
	if len(dataKey) != dataKeyBytes {
		return nil, fmt.Errorf("keys: the data key has %d bytes, not %d", len(dataKey), dataKeyBytes)
	}
	return newAEAD(dataKey)
}

// create makes the data key. Of several processes one wins the write, and the
// others take its key.
func (s *Sealer) create(ctx context.Context) (cipher.AEAD, error) {
	dataKey := make([]byte, dataKeyBytes)
	_, _ = rand.Read(dataKey) // never fails: crypto/rand
	wrapped, err := s.wrapper.Wrap(ctx, dataKey)
	if err != nil {
		return nil, fmt.Errorf("wrap data key: %w", err)
	}
	record := dataKeyRecord{Wrapped: wrapped, Created: s.now().UTC().Truncate(time.Second)}
	err = s.users.Write(ctx, store.Put(dataKeyKey(), record).IfAbsent())
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		return s.unwrap(ctx, false)
	}
	if err != nil {
		return nil, fmt.Errorf("keep data key: %w", err)
	}
	s.wrapped = wrapped
	return newAEAD(dataKey)
}
