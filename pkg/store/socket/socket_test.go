package socket_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
	"github.com/ostiary-auth/ostiary/pkg/store/socket"
	"github.com/ostiary-auth/ostiary/pkg/store/storetest"
)

// serve serves a new database in folder and returns the socket and what stops it.
func serve(t *testing.T, folder string) (path string, stop func()) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(folder, "db"))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(folder, "socket")
	l, err := socket.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() {
		served <- socket.Serve(ctx, l, map[string]store.Table{"users": db.Table("users"), "state": db.Table("state")})
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return path, stop
}

func dial(t *testing.T, path string) *socket.Client {
	t.Helper()
	c := socket.Dial(path)
	t.Cleanup(c.Close)
	return c
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Table {
		path, _ := serve(t, t.TempDir())
		return dial(t, path).Table("state")
	})
}

func TestTablesAreApart(t *testing.T) {
	path, _ := serve(t, t.TempDir())
	client := dial(t, path)
	k := store.Key{Partition: "p", Sort: "s"}
	if err := client.Table("users").Write(t.Context(), store.Put(k, "x")); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Table("state").Get(t.Context(), k); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("state: %v", err)
	}
	if _, err := client.Table("other").Get(t.Context(), k); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("a table that is not served: %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	path, stop := serve(t, t.TempDir())
	table := dial(t, path).Table("state")
	k := store.Key{Partition: "p", Sort: "s"}
	if err := table.Write(t.Context(), store.Put(k, "x")); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := table.Get(t.Context(), k); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// A slowTable answers when it may.
type slowTable struct {
	store.Table
	asked, answer chan struct{}
}

func (s slowTable) Count(context.Context, store.Key, int, store.Limit) (int, error) {
	close(s.asked)
	<-s.answer
	return 7, nil
}

// TestStopLetsFinish: the database is closed after Serve returns, so nothing may
// be under way by then.
func TestStopLetsFinish(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l, err := socket.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	slow := slowTable{asked: make(chan struct{}), answer: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	served, counted := make(chan error, 1), make(chan error, 1)
	go func() { served <- socket.Serve(ctx, l, map[string]store.Table{"slow": slow}) }()
	go func() {
		n, err := dial(t, path).Table("slow").Count(t.Context(), store.Key{Partition: "p", Sort: "s"}, 1, store.Limit{})
		if err == nil && n != 7 {
			err = errors.New("wrong count")
		}
		counted <- err
	}()
	<-slow.asked
	cancel()
	for err := error(nil); err == nil; { // until it no longer listens
		var c net.Conn
		if c, err = net.Dial("unix", path); err == nil {
			_ = c.Close()
		}
	}
	select {
	case err := <-served:
		t.Error("Serve returned before its last answer")
		served <- err
	case <-time.After(50 * time.Millisecond): // as it should: nothing comes
	}
	close(slow.answer)
	if err := <-counted; err != nil {
		t.Errorf("the last answer: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// TestOwnerOnly: whoever can connect can read every key.
func TestOwnerOnly(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path, _ := serve(t, folder)
	for name, want := range map[string]fs.FileMode{folder: 0o700, path: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", name, info.Mode(), err, want)
		}
	}
}

func TestListenReplacesOnlySockets(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "socket")
	left, err := socket.Listen(path) // and never closed
	if err != nil {
		t.Fatal(err)
	}
	again, err := socket.Listen(path)
	if err != nil {
		t.Fatalf("over a socket left behind: %v", err)
	}
	_ = again.Close()
	_ = left.Close()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := socket.Listen(file); err == nil {
		t.Error("a file was taken for a socket")
	}
	if text, err := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestLongFolder: a socket's name is bounded, a folder's is not.
func TestLongFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	path, _ := serve(t, folder)
	if _, err := dial(t, path).Table("state").Count(t.Context(), store.Key{Partition: "p", Sort: "s"}, 1, store.Limit{}); err != nil {
		t.Error(err)
	}
}
