package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/storetest"
)

func open(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Table {
		return open(t, filepath.Join(t.TempDir(), "db")).Table("state")
	})
	storetest.RunClock(t, func(t *testing.T, now func() time.Time) store.Table {
		db := open(t, filepath.Join(t.TempDir(), "db"))
		db.now = now
		return db.Table("state")
	})
}

func TestOpenSaysThatAnotherHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "db")
	first := open(t, path)
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Fatalf("second open: %v, want ErrLocked", err)
	}
	k := store.Key{Partition: "p", Sort: "s"}
	if err := first.Table("users").Write(t.Context(), store.Put(k, "kept")); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Table("users").Get(t.Context(), k); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("get after close: %v", err)
	}
	if err := first.Table("users").Write(t.Context(), store.Put(k, "x")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("write after close: %v", err)
	}
	again := open(t, path)
	if v, _, err := store.Load[string](t.Context(), again.Table("users"), k); err != nil || v != "kept" {
		t.Errorf("after reopening: %q, %v", v, err)
	}
	if _, err := again.Table("state").Get(t.Context(), k); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("tables share records: %v", err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", name, info.Mode(), err, want)
		}
	}
}

func TestOpenRefusesAnotherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, []byte("something else that is long enough to be read as a page"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("open: %v", err)
	}
}

// TestSweep fills a table with what expires: what is dead never outgrows what
// lives.
func TestSweep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		table := db.Table("state")
		live := store.Key{Partition: "p", Sort: "live"}
		if err := table.Write(t.Context(), store.Put(live, 1)); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			k := store.Key{Partition: "code", Sort: string(rune('a' + i))}
			if err := table.Write(t.Context(), store.Put(k, i).Until(time.Now().Add(time.Minute))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // the bubble's
		}
		tx, err := db.bolt.Begin(false)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		if n := tx.Bucket([]byte("state")).Stats().KeyN; n > 100 {
			t.Errorf("%d records in the file, of which 60 are live", n)
		}
		if _, err := table.Get(t.Context(), live); err != nil {
			t.Error(err)
		}
	})
}
