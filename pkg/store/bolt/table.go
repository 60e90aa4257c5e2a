package bolt

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A page without a limit ends after so many bytes of values, as DynamoDB's do.
const maxPageBytes = 1 << 20

type table struct {
	db   *DB
	name string
}

// Get implements store.Table.
func (t *table) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if key.Validate() != nil {
		return store.Record{}, notFound(key)
	}
	if err := ctx.Err(); err != nil {
		return store.Record{}, unavailable(err)
	}
	name := recentKey{t.name, key}
	k, known, epoch := t.db.recent.get(name)
	if !known {
		err := t.read(ctx, func(b *bbolt.Bucket) (err error) {
			if k.entry, k.found, err = t.find(b, key); err == nil {
				k.value = bytes.Clone(k.value)
			}
			return err
		})
		if err != nil {
			return store.Record{}, err
		}
		t.db.recent.put(name, k, epoch)
	}
	if !k.found || k.expired(t.db.now().Unix()) {
		return store.Record{}, notFound(key)
	}
	return k.record(key), nil
}

// List implements store.Table.
func (t *table) List(ctx context.Context, partition, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	if (store.Key{Partition: partition, Sort: cmp.Or(prefix, "any")}).Validate() != nil {
		return nil, store.Page{}, nil
	}
	var records []store.Record
	var next store.Page
	err := t.read(ctx, func(b *bbolt.Bucket) error {
		now, size := t.db.now().Unix(), 0
		begin := encodeKey(partition, prefix)
		own := len(begin) - len(prefix)
		cursor := b.Cursor()
		k, v := cursor.Seek(begin)
		if after := encodeKey(partition, page.After); bytes.Compare(after, begin) >= 0 {
			if k, v = cursor.Seek(after); bytes.Equal(k, after) {
				k, v = cursor.Next()
			}
		}
		for ; bytes.HasPrefix(k, begin); k, v = cursor.Next() {
			e, err := decode(v)
			if err != nil {
				return err
			}
			if e.expired(now) {
				continue
			}
			if n := len(records); n > 0 && (n == page.Limit || size+len(v) > maxPageBytes) {
				next = store.Page{Limit: page.Limit, After: records[n-1].Key.Sort}
				return nil
			}
			records = append(records, e.record(store.Key{Partition: partition, Sort: string(k[own:])}))
			size += len(v)
		}
		return nil
	})
	return records, next, err
}

// Write implements store.Table.
func (t *table) Write(ctx context.Context, changes ...store.Change) error {
	if err := store.Validate(changes); err != nil {
		return err
	}
	version := rand.Text()
	keys := make([]recentKey, len(changes))
	for i, c := range changes {
		keys[i] = recentKey{t.name, c.Key}
	}
	return t.db.write(ctx, t.name, keys, func(b *bbolt.Bucket) ([]written, error) {
		for _, c := range changes {
			if err := t.check(b, c); err != nil {
				return nil, err
			}
		}
		var made []written
		for i, c := range changes {
			now, did, err := apply(b, c, version)
			if err != nil {
				return nil, errBroken{err}
			}
			if did {
				made = append(made, written{keys[i], now})
			}
		}
		return made, nil
	})
}

// check returns a *store.Conflict when the condition of a change does not hold.
func (t *table) check(b *bbolt.Bucket, c store.Change) error {
	if c.Condition == store.Always {
		return nil
	}
	e, found, err := t.find(b, c.Key)
	if err != nil {
		return err
	}
	switch {
	case c.Condition == store.IfAbsent && !found:
		return nil
	case c.Condition == store.IfVersion && found && e.version == c.Version:
		return nil
	case !found:
		return &store.Conflict{Key: c.Key}
	}
	return &store.Conflict{Key: c.Key, Record: e.record(c.Key)}
}

// apply makes a change and returns what lies under its key from now on.
func apply(b *bbolt.Bucket, c store.Change, version string) (now kept, changed bool, err error) {
	key := encodeKey(c.Key.Partition, c.Key.Sort)
	switch c.Op {
	case store.OpPut:
		now = kept{entry{kind: kindRecord, expires: seconds(c.Expires), version: version, value: c.Value}, true}
		raw := now.encode()
		now.value = raw[len(raw)-len(c.Value):] // the caller's may change
		return now, true, b.Put(key, raw)
	case store.OpDelete:
		return kept{}, b.Get(key) != nil, b.Delete(key)
	default:
		return kept{}, false, nil
	}
}

// find reads an entry that has not expired.
func (t *table) find(b *bbolt.Bucket, key store.Key) (e entry, found bool, err error) {
	raw := b.Get(encodeKey(key.Partition, key.Sort))
	if raw == nil {
		return entry{}, false, nil
	}
	if e, err = decode(raw); err != nil {
		return entry{}, false, fmt.Errorf("%w at %s", err, key)
	}
	if e.expired(t.db.now().Unix()) {
		return entry{}, false, nil
	}
	return e, true, nil
}

// read runs see on the table as it was when the read began, unless nobody has
// written to the table yet.
func (t *table) read(ctx context.Context, see func(*bbolt.Bucket) error) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	tx, err := t.db.bolt.Begin(false)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = tx.Rollback() }()
	if b := tx.Bucket([]byte(t.name)); b != nil {
		return see(b)
	}
	return nil
}

func notFound(key store.Key) error { return fmt.Errorf("%w: %s", store.ErrNotFound, key) }
