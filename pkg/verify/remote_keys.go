package verify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// How long fetched keys are used.
const (
	OwnKeysMaxAge     = 5 * time.Minute // for keys of an issuer that is ours
	ForeignKeysMaxAge = time.Hour       // for other people's

	lastGoodAge = 24 * time.Hour   // while the issuer cannot be reached
	refetchGap  = 30 * time.Second // between fetches on account of strangers' kids, or after a failure
	firstGap    = time.Second      // after a failure while there are no keys at all
)

// RemoteKeys is a KeySource that fetches an issuer's JWK set and keeps it. It
// works only while it is called, because a Lambda environment is frozen between
// invocations: there is no refreshing in the background.
type RemoteKeys struct {
	client *fetch.Client
	uri    string
	maxAge time.Duration
	now    func() time.Time

	turn chan struct{} // holds one token: whoever takes it may fetch

	mu       sync.RWMutex // guards the rest
	keys     jose.Set
	etag     string
	fetched  time.Time // when keys were last known to be the issuer's; zero before the first time
	fresh    time.Duration
	tried    time.Time // when fetching last began
	tryError error     // how that ended
}

// NewRemoteKeys returns the keys at an address, fetched anew after maxAge or
// sooner if the answer's Cache-Control says so. That bounds how long a key that
// the issuer withdrew is still trusted.
func NewRemoteKeys(client *fetch.Client, uri string, maxAge time.Duration) *RemoteKeys {
	return &RemoteKeys{
		client: client, uri: uri, maxAge: maxAge, turn: make(chan struct{}, 1),
		// Round strips the monotonic reading, which stands still in a frozen
		// environment: ages are told by the wall clock.
		now: func() time.Time { return time.Now().Round(0) },
	}
}

// Prefetch fetches the keys unless they are here and fresh.
func (r *RemoteKeys) Prefetch(ctx context.Context) error {
	return r.refresh(ctx, func() bool { return r.stale(r.now()) })
}

// Key returns the key with this kid. It fetches the set when it is older than it
// may be, and when the kid is not in it, at most once in 30 seconds. When
// fetching fails the last good set serves for a day.
func (r *RemoteKeys) Key(ctx context.Context, kid string) (jose.Key, error) {
	wanted := func() bool {
		now := r.now()
		if r.stale(now) {
			return true
		}
		// Strangers choose the kid: unbounded, they could make us hammer the issuer.
		_, known := r.keys.Key(kid)
		return !known && apart(r.tried, now) >= refetchGap
	}
	err := r.refresh(ctx, wanted)
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.fetched.IsZero() || apart(r.fetched, r.now()) >= lastGoodAge {
		if err == nil {
			err = r.tryError
		}
		return jose.Key{}, fmt.Errorf("%w: %w", ErrKeysUnavailable, err)
	}
	key, ok := r.keys.Key(kid)
	if !ok {
		return jose.Key{}, ErrUnknownKey
	}
	return key, nil
}

// stale reports whether the set must be fetched now. The caller holds mu.
func (r *RemoteKeys) stale(now time.Time) bool {
	if !r.fetched.IsZero() && apart(r.fetched, now) < r.fresh {
		return false
	}
	gap := firstGap
	if !r.fetched.IsZero() {
		gap = refetchGap
	}
	return r.tried.IsZero() || r.tryError == nil || apart(r.tried, now) >= gap
}

// apart is how far two readings of the wall clock lie apart, whichever came
// first: a clock that was set back must not keep keys for ever.
func apart(a, b time.Time) time.Duration { return b.Sub(a).Abs() }
