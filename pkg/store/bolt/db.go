// Package bolt answers "what do we remember, on one machine?": the Table port on
// a bbolt file. One process has the file open at a time; the others are told so at
// once and never wait.
package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ErrLocked means that another process, or an earlier Open in this one, has the
// file open.
var ErrLocked = errors.New("store: another process has the database open")

// DB is an open file.
type DB struct {
	bolt *bbolt.DB
	now  func() time.Time

	turn  chan struct{} // holds a token while somebody commits
	mu    sync.Mutex
	queue []*request // waiting for the next commit
	swept map[string][]byte

	recent recent
}

// Open opens the file at path, which is made with mode 0600 when it is absent, as
// is its folder with mode 0700. The error is ErrLocked when it is open elsewhere.
func Open(path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      time.Nanosecond, // one try: with none at all it would wait for ever
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,

		// A tenth of every write, saved at the price of reading the file once when it
		// is opened: the list of free pages is not kept, and the map seldom grows.
		NoFreelistSync:  true,
		InitialMmapSize: 64 << 20,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s", ErrLocked, path)
	}
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	return &DB{
		bolt:  db,
		now:   time.Now,
		turn:  make(chan struct{}, 1),
		swept: map[string][]byte{},
	}, nil
}

// Close lets a commit that is under way finish and gives the file back. What is
// asked of the tables afterwards gets store.ErrUnavailable.
func (db *DB) Close() error {
	err := db.bolt.Close()
	db.recent.forget()
	return err
}

// Table returns the table of that name. It begins to exist with its first record.
func (db *DB) Table(name string) store.Table { return &table{db: db, name: name} }
