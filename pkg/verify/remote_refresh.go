package verify

import (
	"context"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/kept"
)

// refresh fetches the document if wanted says so. Of many callers one fetches; the
// others wait for it, as long as their contexts let them, and ask again.
func (r *remote[T]) refresh(ctx context.Context, wanted func() bool) error {
	if !r.ask(wanted) {
		return nil
	}
	if err := r.turn.Enter(ctx); err != nil {
		return err
	}
	defer r.turn.Leave()
	if !r.ask(wanted) {
		return nil
	}
	return r.fetch(ctx, fetch.Timeout)
}

// refreshSoftly fetches a document that could still be used, if nobody else does.
func (r *remote[T]) refreshSoftly(ctx context.Context) {
	ageing := func() bool { return r.ageing(r.now()) }
	if !r.ask(ageing) || !r.turn.TryEnter() {
		return
	}
	defer r.turn.Leave()
	if r.ask(ageing) {
		_ = r.fetch(ctx, softTimeout) // what is here serves, and tryError remembers
	}
}

// fetch is called by whoever holds the turn.
func (r *remote[T]) fetch(ctx context.Context, timeout time.Duration) error {
	began := r.now()
	ctx, cancel := kept.Uncancelled(ctx, timeout)
	defer cancel()
	uri, response, value, err := r.download(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries++
	if r.tried, r.tryError = began, err; err != nil {
		return err
	}
	if !response.NotModified {
		r.value, r.source, r.etag = value, uri, response.ETag // replaced, never merged: a withdrawn key is gone
	}
	r.fetched, r.fresh = began, r.freshness(response)
	return nil
}

func (r *remote[T]) download(ctx context.Context) (uri string, response fetch.Response, value T, err error) {
	if uri, err = r.uri(ctx); err != nil {
		return uri, response, value, err
	}
	etag := r.etag // it changes only in this turn
	if uri != r.source {
		etag = ""
	}
	if response, err = r.client.Get(ctx, uri, etag); err == nil && !response.NotModified {
		value, err = r.read(response.Body)
	}
	return uri, response, value, err
}

func (r *remote[T]) ask(wanted func() bool) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return wanted()
}

// freshness follows Cache-Control between the least gap and the most that we let
// a withdrawn key live.
func (r *remote[T]) freshness(response fetch.Response) time.Duration {
	if response.MaxAge == 0 {
		return r.maxAge
	}
	return min(max(response.MaxAge, refetchGap), r.maxAge)
}
