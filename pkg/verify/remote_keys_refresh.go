package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// refresh fetches the set if wanted says so. Of many callers one fetches; the
// others wait for it, as long as their contexts let them, and ask again.
func (r *RemoteKeys) refresh(ctx context.Context, wanted func() bool) error {
	if !r.ask(wanted) {
		return nil
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !r.ask(wanted) {
		return nil
	}
	began := r.now()
	fetching, cancel := uncancelled(ctx)
	defer cancel()
	response, err := r.client.Get(fetching, r.uri, r.etag) // etag changes only in this turn
	var keys jose.Set
	if err == nil && !response.NotModified {
		keys, err = publicSet(response.Body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tried, r.tryError = began, err; err != nil {
		return err
	}
	if !response.NotModified {
		r.keys, r.etag = keys, response.ETag // replaced, never merged: a withdrawn key is gone
	}
	r.fetched, r.fresh = began, r.freshness(response)
	return nil
}

// uncancelled keeps the deadline of ctx and nothing else. A stranger who hangs up
// in the middle must neither end a fetch that others wait for, nor be free to
// start another.
func uncancelled(ctx context.Context) (context.Context, context.CancelFunc) {
	detached := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(detached, deadline)
	}
	return detached, func() {}
}

func (r *RemoteKeys) ask(wanted func() bool) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return wanted()
}

// publicSet reads a JWK set that was fetched. A secret in it is known to the
// world, and proves nothing.
func publicSet(doc []byte) (jose.Set, error) {
	set, err := jose.ParseSet(doc)
	if err != nil {
		return jose.Set{}, fmt.Errorf("read the issuer's keys: %w", err)
	}
	for _, key := range set.Keys() {
		if key.Alg().Symmetric() {
			return jose.Set{}, errors.New("read the issuer's keys: a secret is published")
		}
	}
	return set, nil
}

// freshness follows Cache-Control between the least gap and the most that we let
// a withdrawn key live.
func (r *RemoteKeys) freshness(response fetch.Response) time.Duration {
	if response.MaxAge == 0 {
		return r.maxAge
	}
	return min(max(response.MaxAge, refetchGap), r.maxAge)
}
