package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// How old the ring in memory may be. It is read again when it is used, never in
// the background, which a frozen Lambda environment would not run. An unknown kid
// has it read sooner, but a flood of them does not.
const (
	ringAge        = time.Minute
	ringUnknownAge = 10 * time.Second
)

// clockSkew is how far the clocks of two of our instances may be apart.
const clockSkew = time.Minute

// Ring is the signing keys of one issuer. It may be used by many goroutines and
// keeps what it has read: signing touches the store once a minute. While the
// store cannot be reached it goes on with the ring it has.
//
// Until somebody has called Rotate for the first time there is no ring, and every
// other method answers temporarily_unavailable, wrapping store.ErrNotFound.
type Ring struct {
	users     store.Table
	sealer    *Sealer
	custodian Custodian
	policy    Policy
	trail     *audit.Trail
	now       func() time.Time

	turn kept.Turn
	held atomic.Pointer[heldRing]
}

// OpenRing returns the ring that lies in the user table. It reads nothing yet.
// Without a sealer the ring publishes and verifies, and refuses to sign or rotate:
// a function that only does that needs no permission to open keys.
func OpenRing(users store.Table, sealer *Sealer, p Policy) *Ring {
	p.Algs = slices.Clone(p.Algs)
	return &Ring{users: users, sealer: sealer, policy: p, now: time.Now, turn: kept.NewTurn()}
}

// WithCustodian returns a ring that also signs with, and takes over, the keys which
// the policy lists as entrusted. It remembers nothing that the other has read.
func (r *Ring) WithCustodian(c Custodian) *Ring {
	return &Ring{users: r.users, sealer: r.sealer, custodian: c, policy: r.policy, trail: r.trail, now: r.now, turn: kept.NewTurn()}
}

// RecordIn has changes of the ring recorded in the trail, which may be nil. It is called
// before anybody else uses the ring.
func (r *Ring) RecordIn(trail *audit.Trail) { r.trail = trail }

// Algs returns the algorithms that the ring signs with.
func (r *Ring) Algs() []oauth.Alg { return slices.Clone(r.policy.Algs) }

// JWKS returns the public document (RFC 7517 §5): pending, active and retired
// keys, the same bytes from every instance. The caller must not change them.
func (r *Ring) JWKS(ctx context.Context) ([]byte, error) {
	held, err := r.current(ctx)
	if err != nil {
		return nil, err
	}
	return held.document, nil
}

// PublicSet returns the published keys, for verifying our own tokens.
func (r *Ring) PublicSet(ctx context.Context) (jose.Set, error) {
	held, err := r.current(ctx)
	if err != nil {
		return jose.Set{}, err
	}
	return held.set, nil
}

// Key finds a published key; with it the Ring is a verify.KeySource.
func (r *Ring) Key(ctx context.Context, kid string) (jose.Key, error) {
	held, err := r.current(ctx)
	if err != nil {
		return jose.Key{}, fmt.Errorf("%w: %w", verify.ErrKeysUnavailable, err)
	}
	if key, ok := held.set.Key(kid); ok {
		return key, nil
	}
	if kept.Apart(held.tried, r.now()) < ringUnknownAge {
		return jose.Key{}, verify.ErrUnknownKey
	}
	if held, err = r.refresh(ctx, held); err != nil {
		return jose.Key{}, fmt.Errorf("%w: %w", verify.ErrKeysUnavailable, err)
	}
	if key, ok := held.set.Key(kid); ok {
		return key, nil
	}
	return jose.Key{}, verify.ErrUnknownKey
}

// List describes the keys, read from the store now.
func (r *Ring) List(ctx context.Context) ([]Info, error) {
	record, _, err := r.load(ctx)
	if err != nil {
		return nil, unready(err)
	}
	return record.infos(r.now()), nil
}

func (r *Ring) current(ctx context.Context) (*heldRing, error) {
	held := r.held.Load()
	if held != nil && kept.Apart(held.tried, r.now()) < ringAge {
		return held, nil
	}
	return r.refresh(ctx, held)
}

// refresh reads the ring again, once for all who ask at the same time: who has a
// ring goes on with it, who has none waits.
func (r *Ring) refresh(ctx context.Context, held *heldRing) (*heldRing, error) {
	if held != nil {
		if !r.turn.TryEnter() {
			return held, nil
		}
	} else if err := r.turn.Enter(ctx); err != nil {
		return nil, unready(err)
	}
	defer r.turn.Leave()
	if newer := r.held.Load(); newer != held {
		return newer, nil
	}
	record, version, err := r.load(ctx)
	now := r.now().Round(0) // the wall clock: an environment can be frozen
	var next *heldRing
	switch {
	case err != nil:
	case held != nil && held.version == version:
		next = held.at(now, now)
	default:
		next, err = hold(record, version, held, now)
	}
	if err != nil && (held == nil || errors.Is(err, store.ErrNotFound)) {
		return nil, unready(err)
	}
	if err != nil { // the last good ring: it cannot be wrong before PublishAhead has passed
		next = held.at(held.confirmed, now)
	}
	r.held.Store(next)
	return next, nil
}

func (r *Ring) load(ctx context.Context) (ringRecord, string, error) {
	record, version, err := store.Load[ringRecord](ctx, r.users, ringKey())
	if err != nil {
		return ringRecord{}, "", fmt.Errorf("load signing keys: %w", err)
	}
	return record, version, nil
}

// unready is the answer of a deployment without a ring, or without its store.
func unready(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return oauth.TemporarilyUnavailable.Errorf("there are no signing keys yet: %w", err)
	}
	return oauth.TemporarilyUnavailable.Errorf("the signing keys cannot be read now: %w", err)
}
