package bolt

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

func TestRecentKeepsNothingOfThePast(t *testing.T) {
	k := recentKey{key: store.Key{Partition: "p", Sort: "s"}}
	touch := []*request{{keys: []recentKey{k}}}
	for name, between := range map[string]func(r *recent){
		"a commit that ended since": func(r *recent) { r.begin(touch); r.end() },
		"a commit that goes on":     func(r *recent) { r.begin(touch) },
		"a file that was closed":    func(r *recent) { r.forget() },
	} {
		var r recent
		_, _, epoch := r.get(k)
		between(&r)
		r.put(k, kept{found: true}, epoch)
		if _, ok, _ := r.get(k); ok {
			t.Errorf("%s: what was read before is kept", name)
		}
		_, _, epoch = r.get(k)
		r.put(k, kept{found: true}, epoch)
		if _, ok, _ := r.get(k); ok != (epoch%2 == 0) {
			t.Errorf("%s: read at epoch %d, kept: %v", name, epoch, ok)
		}
	}
}

func TestRecentIsBounded(t *testing.T) {
	var r recent
	for i := range 3 * maxRecent {
		r.put(recentKey{table: fmt.Sprint(i)}, kept{}, 0)
	}
	large := recentKey{table: "large"}
	r.put(large, kept{entry: entry{value: make([]byte, maxRecentBytes+1)}}, 0)
	if _, ok, _ := r.get(large); ok || len(r.known) > maxRecent {
		t.Errorf("%d entries are kept; the large one: %v", len(r.known), ok)
	}
}

// TestAReadNeverGoesBack counts a record up while readers look: nobody sees a value
// after a later one, nor one older than what a finished write left.
func TestAReadNeverGoesBack(t *testing.T) {
	table := open(t, filepath.Join(t.TempDir(), "db")).Table("state")
	k := store.Key{Partition: "p", Sort: "s"}
	const last = 300
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for seen := 0; seen < last; {
				v, _, err := store.Load[int](t.Context(), table, k)
				if v < seen && err == nil {
					t.Errorf("read %d after %d", v, seen)
					return
				}
				seen = max(seen, v)
			}
		})
	}
	for i := 1; i <= last; i++ {
		if err := table.Write(t.Context(), store.Put(k, i)); err != nil {
			t.Error(err)
		}
		if v, _, err := store.Load[int](t.Context(), table, k); v != i || err != nil {
			t.Errorf("read %d, %v after writing %d", v, err, i)
		}
	}
	readers.Wait()
}

func TestF14WhatIsKeptInMemoryExpiresToo(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db"))
	now := time.Now()
	db.now = func() time.Time { return now }
	table, k := db.Table("state"), store.Key{Partition: "p", Sort: "s"}
	if err := table.Write(t.Context(), store.Put(k, 1).Until(now.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := table.Get(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(2 * time.Minute)
	if _, err := table.Get(t.Context(), k); err == nil {
		t.Error("an expired record was read from memory")
	}
}
