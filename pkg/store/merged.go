package store

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"
)

// parallelReads bounds how many partitions are read at once.
const parallelReads = 16

// Merged yields the records of several partitions in the order of their sort keys: those
// that begin with prefix and come after from.After. A partition is read in pages of
// from.Limit records.
func Merged(ctx context.Context, t Table, partitions []string, prefix string, from Page) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		cursors := make([]*cursor, len(partitions))
		group, opening := errgroup.WithContext(ctx)
		group.SetLimit(parallelReads)
		for i, partition := range partitions {
			cursors[i] = &cursor{table: t, partition: partition, prefix: prefix, next: from}
			group.Go(func() error { return cursors[i].fill(opening) })
		}
		if err := group.Wait(); err != nil {
			yield(Record{}, err)
			return
		}
		for first := smallest(cursors); first != nil; first = smallest(cursors) {
			record := first.ahead[0]
			first.ahead = first.ahead[1:]
			if !yield(record, nil) {
				return
			}
			if err := first.fill(ctx); err != nil {
				yield(Record{}, err)
				return
			}
		}
	}
}

// cursor reads one partition in order.
type cursor struct {
	table             Table
	partition, prefix string
	next              Page
	ahead             []Record // read, not yet yielded
	done              bool     // nothing left to read
}

// fill makes sure that the partition's next record, if there is one, is ahead.
func (c *cursor) fill(ctx context.Context) error {
	for len(c.ahead) == 0 && !c.done {
		records, next, err := c.table.List(ctx, c.partition, c.prefix, c.next)
		if err != nil {
			return err
		}
		c.ahead, c.done, c.next.After = records, next == Page{}, next.After
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
