package audit

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// pageSize is how many events of a partition are read together.
const pageSize = 100

// merged yields the records of several partitions in the order of their sort keys: those
// that begin with prefix and come after after.
func merged(ctx context.Context, table store.Table, partitions []string, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		cursors := make([]*cursor, len(partitions))
		group, opening := errgroup.WithContext(ctx)
		for i, partition := range partitions {
			cursors[i] = &cursor{table: table, partition: partition, prefix: prefix, next: store.Page{Limit: pageSize, After: after}}
			group.Go(func() error { return cursors[i].fill(opening) })
		}
		if err := group.Wait(); err != nil {
			yield(store.Record{}, err)
			return
		}
		for first := smallest(cursors); first != nil; first = smallest(cursors) {
			record := first.ahead[0]
			first.ahead = first.ahead[1:]
			if !yield(record, nil) {
				return
			}
			if err := first.fill(ctx); err != nil {
				yield(store.Record{}, err)
				return
			}
		}
	}
}

// cursor reads one partition in order.
type cursor struct {
	table             store.Table
	partition, prefix string
	next              store.Page
	ahead             []store.Record // read, not yet yielded
	done              bool           // nothing left to read
}

// fill makes sure that the next record, if there is one, is ahead.
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

func smallest(cursors []*cursor) *cursor {
	var first *cursor
	for _, c := range cursors {
		if len(c.ahead) > 0 && (first == nil || c.ahead[0].Key.Sort < first.ahead[0].Key.Sort) {
			first = c
		}
	}
	return first
}
