package bolt

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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

// TestWhatWasWrittenIsReadFromMemory compares it with what a reader of the file finds:
// the last write of a commit to a key, the deletion, the counter; and nothing of a write
// that was refused, or that is too large.
func TestWhatWasWrittenIsReadFromMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	large := strings.Repeat("x", maxRecentBytes)
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		table := db.Table("state")
		key := func(sort string) store.Key { return store.Key{Partition: "p", Sort: sort} }
		write := func(changes ...store.Change) {
			go func() { _ = table.Write(t.Context(), changes...) }()
			synctest.Wait()
		}
		write(store.Put(key("deleted"), 1), store.Put(key("refused"), 1))
		db.turn <- struct{}{} // the next ones share a commit
		write(store.Put(key("twice"), 1))
		write(store.Put(key("twice"), 2))
		write(store.Put(key("large"), 1))
		write(store.Put(key("large"), large))
		write(store.Delete(key("deleted")))
		write(store.Put(key("refused"), 2).IfAbsent())
		write(store.Put(key("kept"), 3), store.Put(key("twice"), 3).IfAbsent())
		go func() { _, _ = table.Count(t.Context(), key("counter"), 5, store.Limit{}) }()
		synctest.Wait()
		<-db.turn
		write(store.Put(key("last"), 1))

		want := map[string]string{"twice": "2", "large": `"` + large + `"`, "refused": "1", "counter": "5", "last": "1"}
		read := func() map[string]string {
			got := map[string]string{}
			for _, sort := range []string{"twice", "large", "deleted", "refused", "kept", "counter", "last"} {
				if r, err := table.Get(t.Context(), key(sort)); err == nil {
					got[sort] = string(r.Value)
				}
			}
			return got
		}
		if _, ok, _ := db.recent.get(recentKey{"state", key("twice")}); !ok {
			t.Error("what was written is not in memory")
		}
		fromMemory := read()
		db.recent = recent{}
		if fromFile := read(); !maps.Equal(fromMemory, want) || !maps.Equal(fromFile, want) {
			t.Errorf("memory has %v, the file %v", fromMemory, fromFile)
		}
	})
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
