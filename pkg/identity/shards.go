package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

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
func (s shards) list(ctx context.Context, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	if page.Limit <= 0 {
		page.Limit = defaultPage
	}
	cursors, err := s.open(ctx, prefix, page)
	if err != nil {
		return nil, store.Page{}, err
	}
	var merged []store.Record
	for {
		first := smallest(cursors)
		if first == nil {
			return merged, store.Page{}, nil
		}
		if len(merged) == page.Limit {
			return merged, store.Page{Limit: page.Limit, After: merged[len(merged)-1].Key.Sort}, nil
		}
		merged = append(merged, first.ahead[0])
		first.ahead = first.ahead[1:]
		if err := first.fill(ctx); err != nil {
			return nil, store.Page{}, err
		}
	}
}

// open starts a cursor in every shard, all at once. Names are spread evenly, so a
// cursor reads about twice its share of the page before it has to ask again.
func (s shards) open(ctx context.Context, prefix string, page store.Page) ([]*cursor, error) {
	chunk := 4 + 2*page.Limit/shardCount
	cursors := make([]*cursor, shardCount)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelReads)
	for i := range cursors {
		c := &cursor{table: s.table, partition: s.partition(i), prefix: prefix, next: store.Page{Limit: chunk, After: page.After}}
		cursors[i] = c
		group.Go(func() error { return c.fill(ctx) })
	}
	return cursors, group.Wait()
}

// cursor reads one shard in order.
type cursor struct {
	table             store.Table
	partition, prefix string
	next              store.Page
	ahead             []store.Record // read, not yet merged
	done              bool           // nothing left to read
}

// fill makes sure that the shard's next record, if there is one, is ahead.
func (c *cursor) fill(ctx context.Context) error {
	for len(c.ahead) == 0 && !c.done {
		records, next, err := c.table.List(ctx, c.partition, c.prefix, c.next)
		if err != nil {
			return err
		}
		c.ahead, c.done, c.next.After = records, next == store.Page{}, next.After
	}
	return nil
}

// smallest returns the cursor whose next record comes first, nil when all are at their end.
func smallest(cursors []*cursor) *cursor {
	var first *cursor
	for _, c := range cursors {
		if len(c.ahead) > 0 && (first == nil || c.ahead[0].Key.Sort < first.ahead[0].Key.Sort) {
			first = c
		}
	}
	return first
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
