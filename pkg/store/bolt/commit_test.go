package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// commits is how many transactions the file has seen.
func commits(t *testing.T, db *DB) int {
	t.Helper()
	tx, err := db.bolt.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	return tx.ID()
}

func TestConcurrentWritersShareOneSync(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		users, state := db.Table("users"), db.Table("state")
		k := store.Key{Partition: "p", Sort: "s"}
		if err := users.Write(t.Context(), store.Put(k, "x")); err != nil {
			t.Fatal(err)
		}
		before := commits(t, db)
		db.turn <- struct{}{} // somebody commits
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 10 {
			go func() {
				if err := state.Write(t.Context(), store.Put(store.Key{Partition: "p", Sort: fmt.Sprint(i)}, i)); err != nil {
					t.Error(err)
				}
				var c *store.Conflict
				if err := users.Write(t.Context(), store.Put(k, "y").IfAbsent()); !errors.As(err, &c) {
					t.Error(err)
				}
			}()
		}
		go func() {
			if err := users.Write(ctx, store.Put(k, "withdrawn")); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("a writer that gave up: %v", err)
			}
		}()
		synctest.Wait()
		cancel()
		synctest.Wait()
		<-db.turn
		synctest.Wait()
		if n := commits(t, db) - before; n != 1 {
			t.Errorf("%d commits for 10 writers that waited together, want 1: refusals need none", n)
		}
		if v, _, err := store.Load[string](t.Context(), users, k); v != "x" {
			t.Errorf("%q, %v: written after its writer was told otherwise", v, err)
		}
		records, err := store.All(t.Context(), state, "p", "")
		if err != nil || len(records) != 10 {
			t.Errorf("%d records, %v", len(records), err)
		}
	})
}
