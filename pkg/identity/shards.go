package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

const (
	shardCount    = 32
	parallelReads = 16
	defaultPage   = 50
)

// shards are the partitions over which a set of names is spread by hash, so that
// none of them grows hot, each sorted by name. Listing merges them.
type shards struct {
	table store.Table
	kind  string
}

// key returns where the name lies.
func (s shards) key(name string) store.Key {
	sum := sha256.Sum256([]byte(name))
	return store.Key{Partition: s.partition(int(sum[0]) % shardCount), Sort: name}
}

func (s shards) partition(i int) string { return fmt.Sprintf("%s#%02d", s.kind, i) }

// list returns the records of names that begin with prefix, in order over all shards.
// Names are spread evenly, so of each it reads about twice its share of the page before
// it has to ask again.
func (s shards) list(ctx context.Context, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	if page.Limit <= 0 {
		page.Limit = defaultPage
	}
	partitions := make([]string, shardCount)
	for i := range partitions {
		partitions[i] = s.partition(i)
	}
	var listed []store.Record
	from := store.Page{Limit: 4 + 2*page.Limit/shardCount, After: page.After}
	for record, err := range store.Merged(ctx, s.table, partitions, prefix, from) {
		if err != nil {
			return nil, store.Page{}, err
		}
		if len(listed) == page.Limit {
			return listed, store.Page{Limit: page.Limit, After: listed[len(listed)-1].Key.Sort}, nil
		}
		listed = append(listed, record)
	}
	return listed, store.Page{}, nil
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
