package verify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/kept"
)

// How old a document of an issuer may get.
const (
	lastGoodAge = 24 * time.Hour         // while the issuer cannot be reached
	refetchGap  = 30 * time.Second       // between fetches on account of strangers' kids, or after a failure
	firstGap    = time.Second            // after a failure while there is none at all
	softTimeout = 500 * time.Millisecond // for one that could still be used
)

// remote is a document of an issuer that is fetched and kept. It works only while
// it is called, because a Lambda environment is frozen between invocations: there
// is no refreshing in the background.
//
// It has a soft age and a hard one. Between the two whoever asks first tries to
// fetch it anew, briefly, and nobody waits for that but them; beyond the hard age
// it must be fetched. When that fails, the last good document serves for a day.
type remote[T any] struct {
	client *fetch.Client
	uri    func(context.Context) (string, error)
	read   func(document []byte) (T, error)
	maxAge time.Duration // the hard age
	now    func() time.Time

	turn kept.Turn // whoever has it may fetch

	mu       sync.RWMutex // guards the rest
	value    T
	source   string // where it was fetched
	etag     string
	fetched  time.Time // when value was last known to be the issuer's; zero before the first time
	fresh    time.Duration
	tried    time.Time // when fetching last began
	tryError error     // how that ended
	tries    int       // how often it did
}

func newRemote[T any](client *fetch.Client, maxAge time.Duration, uri func(context.Context) (string, error), read func([]byte) (T, error)) remote[T] {
	return remote[T]{
		client: client, uri: uri, read: read, maxAge: maxAge, turn: kept.NewTurn(), now: kept.Now,
	}
}

// at is the address of a document that stays where it is.
func at(uri string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return uri, nil }
}

// Prefetch fetches the document unless it is here and fresh.
func (r *remote[T]) Prefetch(ctx context.Context) error {
	return r.refresh(ctx, func() bool { return r.stale(r.now()) })
}

// get returns the document. It is fetched when it is older than it may be, and, at
// most once in 30 seconds, when it is not enough.
func (r *remote[T]) get(ctx context.Context, enough func(T) bool) (T, error) {
	r.refreshSoftly(ctx)
	err := r.refresh(ctx, func() bool {
		now := r.now()
		// Strangers choose what they ask for: unbounded, they could make us hammer the
		// issuer.
		return r.stale(now) || !enough(r.value) && kept.Apart(r.tried, now) >= refetchGap
	})
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.fetched.IsZero() || kept.Apart(r.fetched, r.now()) >= lastGoodAge {
		if err == nil {
			err = r.tryError
		}
		var none T
		return none, fmt.Errorf("nothing good is here: %w", err)
	}
	return r.value, nil
}

// stale reports whether the document must be fetched now. The caller holds mu.
func (r *remote[T]) stale(now time.Time) bool {
	if !r.fetched.IsZero() && kept.Apart(r.fetched, now) < r.fresh {
		return false
	}
	gap := firstGap
	if !r.fetched.IsZero() {
		gap = refetchGap
	}
	return r.tried.IsZero() || r.tryError == nil || kept.Apart(r.tried, now) >= gap
}

// ageing reports whether the document could be fetched now: three quarters of its
// time are over. The caller holds mu.
func (r *remote[T]) ageing(now time.Time) bool {
	return !r.fetched.IsZero() && kept.Apart(r.fetched, now) < r.fresh &&
		kept.Apart(r.fetched, now) >= r.fresh*3/4 && kept.Apart(r.tried, now) >= refetchGap
}
