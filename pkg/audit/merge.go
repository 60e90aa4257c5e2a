package audit

import (
	"context"
	"iter"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// pageSize is how many events of a partition are read together.
const pageSize = 100

// merged yields the records of several partitions in the order of their sort keys: those
// that begin with prefix and come after after.
func merged(ctx context.Context, table store.Table, partitions []string, prefix, after string) iter.Seq2[store.Record, error] {
	return store.Merged(ctx, table, partitions, prefix, store.Page{Limit: pageSize, After: after})
}
