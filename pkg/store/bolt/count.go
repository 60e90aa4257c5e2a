package bolt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Count implements store.Table.
func (t *table) Count(ctx context.Context, key store.Key, delta int, limit store.Limit) (int, error) {
	if err := key.Validate(); err != nil {
		return 0, err
	}
	count, name := 0, recentKey{t.name, key}
	err := t.db.write(ctx, t.name, []recentKey{name}, func(b *bbolt.Bucket) ([]written, error) {
		e, found, err := t.find(b, key)
		if err != nil {
			return nil, err
		}
		if count, err = e.count(found); err != nil {
			return nil, fmt.Errorf("%w at %s", err, key)
		}
		if delta == 0 || delta < 0 && !found {
			return nil, nil
		}
		if delta > 0 && limit.Max > 0 && count+delta > limit.Max {
			return nil, fmt.Errorf("%w: %s", store.ErrLimit, key)
		}
		count = max(count+delta, 0)
		if !found && limit.Window > 0 {
			e.expires = seconds(store.Change{}.Until(t.db.now().Add(limit.Window)).Expires)
		}
		e.kind, e.version, e.value = kindCounter, rand.Text(), strconv.AppendInt(nil, int64(count), 10)
		if err := b.Put(encodeKey(key.Partition, key.Sort), e.encode()); err != nil {
			return nil, errBroken{err}
		}
		return []written{{name, kept{e, true}}}, nil
	})
	return count, err
}

func (e entry) count(found bool) (int, error) {
	if !found {
		return 0, nil
	}
	if e.kind != kindCounter {
		return 0, errors.New("store: not a counter")
	}
	return strconv.Atoi(string(e.value))
}
