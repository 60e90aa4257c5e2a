package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// count demands that Count return n and an error that is want.
func count(t *testing.T, table store.Table, k store.Key, delta int, limit store.Limit, n int, want error) {
	t.Helper()
	if got, err := table.Count(t.Context(), k, delta, limit); got != n || !errors.Is(err, want) {
		t.Fatalf("count %+d of at most %d: %d, %v; want %d, %v", delta, limit.Max, got, err, n, want)
	}
}

func testCount(t *testing.T, table store.Table) {
	k, ten := key("count", "a"), store.Limit{Max: 10, Window: time.Hour}
	count(t, table, k, 0, ten, 0, nil)
	absent(t, table, k)
	count(t, table, k, -1, ten, 0, nil)
	absent(t, table, k) // giving back opens no window
	count(t, table, k, 11, ten, 0, store.ErrLimit)
	absent(t, table, k)
	count(t, table, k, 1, ten, 1, nil)
	first := load(t, table, k, 1)
	if d := time.Until(first.Expires); d < time.Hour-time.Minute || d > time.Hour+2*time.Second {
		t.Errorf("the window closes in %v, want an hour", d)
	}
	count(t, table, k, 8, store.Limit{Max: 10, Window: 2 * time.Hour}, 9, nil)
	if r := load(t, table, k, 9); !r.Expires.Equal(first.Expires) || r.Version == first.Version {
		t.Errorf("a later count moved the window or kept the version")
	}
	count(t, table, k, 2, ten, 9, store.ErrLimit)
	count(t, table, k, 1, ten, 10, nil)
	count(t, table, k, 1, ten, 10, store.ErrLimit)
	count(t, table, k, 0, ten, 10, nil)
	count(t, table, k, -1, ten, 9, nil)
	count(t, table, k, 1, store.Limit{Max: 5}, 9, store.ErrLimit) // a limit that was lowered
	count(t, table, k, -1, store.Limit{Max: 5}, 8, nil)           // even so, what was taken can be given back
	count(t, table, k, -100, ten, 0, nil)
	load(t, table, k, 0)
	count(t, table, k, -1, ten, 0, nil)

	unbounded := key("count", "b")
	count(t, table, unbounded, 1_000_000_000, store.Limit{}, 1_000_000_000, nil)
	count(t, table, unbounded, 1, store.Limit{}, 1_000_000_001, nil)
	if r := load(t, table, unbounded, 1_000_000_001); !r.Expires.IsZero() {
		t.Errorf("a counter without a window expires at %v", r.Expires)
	}
	write(t, table, store.Delete(unbounded).IfVersion(load(t, table, unbounded, 1_000_000_001).Version))
	count(t, table, unbounded, 1, store.Limit{}, 1, nil)

	put := key("count", "put")
	write(t, table, store.Put(put, 7))
	for _, delta := range []int{1, -1, 0} {
		if n, err := table.Count(t.Context(), put, delta, ten); err == nil || n != 0 {
			t.Errorf("counted %+d on a record that was put: %d, %v", delta, n, err)
		}
	}
	load(t, table, put, 7)
	write(t, table, store.Put(unbounded, 3)) // a put ends the counter
	if _, err := table.Count(t.Context(), unbounded, 1, ten); err == nil {
		t.Error("a counter went on after a put in its place")
	}
}

// load demands a counter's record.
func load(t *testing.T, table store.Table, k store.Key, n int) store.Record {
	t.Helper()
	r, err := table.Get(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := store.Decode[int](r); err != nil || got != n || r.Version == "" {
		t.Fatalf("the counter's record holds %s, %v; want %d", r.Value, err, n)
	}
	return r
}

func testCountersExpire(t *testing.T, table store.Table, clock *clock) {
	k, limit := key("count", "w"), store.Limit{Max: 2, Window: time.Minute}
	count(t, table, k, 2, limit, 2, nil)
	clock.advance(59 * time.Second)
	count(t, table, k, 1, limit, 2, store.ErrLimit)
	clock.advance(time.Second)
	count(t, table, k, -1, limit, 0, nil)
	absent(t, table, k)
	count(t, table, k, 1, limit, 1, nil) // anew
	clock.advance(time.Minute - time.Second)
	count(t, table, k, 1, limit, 2, nil)
	clock.advance(time.Second)
	count(t, table, k, 3, limit, 0, store.ErrLimit)
	count(t, table, k, 1, store.Limit{}, 1, nil) // anew, and now for ever
	clock.advance(1000 * time.Hour)
	count(t, table, k, 1, store.Limit{}, 2, nil)

	put := key("count", "was put")
	write(t, table, store.Put(put, doc{"x"}).Until(clock.at.Add(time.Second)))
	clock.advance(time.Second)
	count(t, table, put, 1, limit, 1, nil)
	load(t, table, put, 1)
}

// testCountRaces reserves from many goroutines: the limit holds, and nothing that
// was counted is lost.
func testCountRaces(t *testing.T, table store.Table) {
	for name, c := range map[string]struct {
		limit store.Limit
		won   int32
	}{
		"limit":     {store.Limit{Max: 10, Window: time.Hour}, 10},
		"unbounded": {store.Limit{}, racers},
	} {
		t.Run(name, func(t *testing.T) {
			k := key("race", name)
			var won atomic.Int32
			var wg sync.WaitGroup
			for range racers {
				wg.Go(func() {
					err := persist(t.Context(), func(ctx context.Context) error {
						_, err := table.Count(ctx, k, 1, c.limit)
						return err
					})
					if err == nil {
						won.Add(1)
					} else if !errors.Is(err, store.ErrLimit) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if won.Load() != c.won {
				t.Errorf("%d counted, want %d", won.Load(), c.won)
			}
			load(t, table, k, int(c.won))
		})
	}
}
