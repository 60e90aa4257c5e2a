package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A request is one caller's write, waiting for a commit.
type request struct {
	table string
	keys  []recentKey // what it may change
	// apply checks, then changes, and never the other way round: a request that is
	// refused has touched nothing, so it cannot spoil the others of its commit.
	apply   func(*bbolt.Bucket) ([]written, error)
	written []written // what apply changed
	refused error     // or what it decided
	failed  error     // why nothing was committed
	done    chan struct{}
}

// errBroken marks an error of bbolt itself, after which the commit is given up.
type errBroken struct{ error }

// write has apply run inside a commit and returns its verdict. Whoever finds
// nobody committing commits for all who wait, so that concurrent writers share one
// sync of the file.
func (db *DB) write(ctx context.Context, table string, keys []recentKey, apply func(*bbolt.Bucket) ([]written, error)) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	r := &request{table: table, keys: keys, apply: apply, done: make(chan struct{})}
	db.mu.Lock()
	db.queue = append(db.queue, r)
	db.mu.Unlock()

	select {
	case db.turn <- struct{}{}:
		db.gather()
		if batch := db.take(); len(batch) > 0 {
			db.commit(batch)
		}
		<-db.turn
	case <-r.done:
	case <-ctx.Done():
		if db.withdraw(r) {
			return unavailable(ctx.Err())
		}
	}
	<-r.done
	if r.failed != nil {
		return unavailable(r.failed)
	}
	return r.refused
}

// gather gives way to goroutines that are ready to run, as long as some of them
// come to write: they would otherwise wait for the next sync while the file is
// written for one. Who is alone loses a microsecond.
func (db *DB) gather() {
	for known := 0; ; runtime.Gosched() {
		db.mu.Lock()
		waiting := len(db.queue)
		db.mu.Unlock()
		if waiting == known {
			return
		}
		known = waiting
	}
}

func (db *DB) take() []*request {
	db.mu.Lock()
	defer db.mu.Unlock()
	batch := db.queue
	db.queue = nil
	return batch
}

// withdraw reports whether r was still waiting, and then never happens.
func (db *DB) withdraw(r *request) bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	i := slices.Index(db.queue, r)
	if i < 0 {
		return false
	}
	db.queue = slices.Delete(db.queue, i, i+1)
	return true
}

// commit runs a batch in one transaction. A refusal may rest on another request of
// the batch, so it too is told only after the commit.
func (db *DB) commit(batch []*request) {
	db.recent.begin(batch)
	err := db.transact(batch)
	if err == nil {
		db.recent.keep(batch)
	}
	db.recent.end()
	for _, r := range batch {
		r.failed = err
		close(r.done)
	}
}

func (db *DB) transact(batch []*request) error {
	tx, err := db.bolt.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	changed := map[string]*bbolt.Bucket{}
	for _, r := range batch {
		bucket, err := tx.CreateBucketIfNotExists([]byte(r.table))
		if err != nil {
			return err
		}
		made, err := r.apply(bucket)
		if broken := (errBroken{}); errors.As(err, &broken) {
			return broken.error
		}
		if r.written, r.refused = made, err; len(made) > 0 {
			changed[r.table] = bucket
		}
	}
	if len(changed) == 0 {
		return nil // nothing to sync
	}
	for name, bucket := range changed {
		if err := db.sweep(name, bucket); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", store.ErrUnavailable, err) }
