package identity_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// writes is a table that counts its writes and reads, and may refuse to write.
type writes struct {
	store.Table
	times, reads int
	fails        bool
}

func (w *writes) Get(ctx context.Context, key store.Key) (store.Record, error) {
	w.reads++
	return w.Table.Get(ctx, key)
}

func (w *writes) Write(ctx context.Context, changes ...store.Change) error {
	if w.times++; w.fails {
		return store.ErrUnavailable
	}
	return w.Table.Write(ctx, changes...)
}

func TestO19ProofsAreUsedOnceByAllInstances(t *testing.T) {
	_, state := tables(t)
	var good, replayed atomic.Int32
	var group sync.WaitGroup
	for range 32 {
		once := identity.ProofsOnce(state) // an instance
		group.Go(func() {
			switch err := once(t.Context(), "digest", time.Now().Add(time.Minute)); {
			case err == nil:
				good.Add(1)
			case errors.Is(err, verify.ErrReplayed):
				replayed.Add(1)
			}
		})
	}
	if group.Wait(); good.Load() != 1 || replayed.Load() != 31 {
		t.Errorf("%d were let in, %d were replays", good.Load(), replayed.Load())
	}
	if err := identity.ProofsOnce(state)(t.Context(), "another", time.Now().Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if err := identity.ProofsOnce(&writes{Table: state, fails: true})(t.Context(), "third", time.Now()); err == nil || errors.Is(err, verify.ErrReplayed) {
		t.Errorf("an outage: got %v", err)
	}
}

func TestProofsAreForgottenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, state := tables(t)
		once := identity.ProofsOnce(state)
		for range 3 {
			if err := once(t.Context(), "digest", time.Now().Add(time.Minute)); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
		}
	})
}
