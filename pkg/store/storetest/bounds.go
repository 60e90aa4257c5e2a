package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// testBounds holds what DynamoDB would refuse against every backend, so that what
// works on one works on the other.
func testBounds(t *testing.T, table store.Table) {
	good := store.Put(key("p", "s"), doc{"x"})
	many := make([]store.Change, store.MaxChanges+1)
	for i := range many {
		many[i] = store.Put(key("p", strings.Repeat("s", i+1)), doc{"x"})
	}
	large := make([]store.Change, 12)
	for i := range large {
		large[i] = store.Put(key("p", strings.Repeat("s", i+1)), strings.Repeat("x", 360<<10))
	}
	for name, changes := range map[string][]store.Change{
		"no change":                 {},
		"too many changes":          many,
		"too large together":        large,
		"a value too large":         {store.Put(key("p", "s"), strings.Repeat("x", store.MaxValueBytes))},
		"two changes on one key":    {good, store.Delete(key("p", "s"))},
		"no partition":              {store.Put(key("", "s"), doc{"x"})},
		"no sort key":               {good, store.Put(key("p", ""), doc{"x"})},
		"a partition key too long":  {store.Put(key(strings.Repeat("p", store.MaxPartitionBytes+1), "s"), doc{"x"})},
		"a sort key too long":       {store.Put(key("p", strings.Repeat("s", store.MaxSortBytes+1)), doc{"x"})},
		"a key that is not UTF-8":   {store.Put(key("p\xff", "s"), doc{"x"})},
		"a value that is not JSON":  {store.Put(key("p", "s"), math.NaN())},
		"a value that is not UTF-8": {store.Put(key("p", "s"), json.RawMessage("\"\xff\""))},
		"no version to compare":     {good, store.Delete(key("p", "t")).IfVersion("")},
		"a check of nothing":        {good, store.Check(key("p", "t"))},
	} {
		t.Run(name, func(t *testing.T) {
			err := table.Write(t.Context(), changes...)
			var c *store.Conflict
			if err == nil || errors.As(err, &c) || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("write: %v; want an error of its own", err)
			}
			absent(t, table, key("p", "s"))
		})
	}
	longest := key(strings.Repeat("p", store.MaxPartitionBytes), strings.Repeat("s", store.MaxSortBytes))
	write(t, table, store.Put(longest, doc{"longest"}))
	get(t, table, longest, "longest")
	largest := strings.Repeat("x", store.MaxValueBytes-2)
	write(t, table, store.Put(key("p", "largest"), largest))
	for range 2 {
		r, err := table.Get(t.Context(), key("p", "largest"))
		if got, _ := store.Decode[string](r); err != nil || got != largest {
			t.Fatalf("the largest record does not come back: %v", err)
		}
		clear(r.Value) // the caller's own copy
	}
}

func testImpossibleKeys(t *testing.T, table store.Table) {
	write(t, table, store.Put(key("p\ufffd", "s\ufffd"), doc{"mended"}))
	long := strings.Repeat("x", 100_000)
	for _, k := range []store.Key{
		key("", "s"), key("p", ""), key("p\xff", "s\ufffd"), key("p\ufffd", "s\xff"), key(long, "s"), key("p", long),
	} {
		absent(t, table, k)
		if n, err := table.Count(t.Context(), k, 1, store.Limit{}); err == nil {
			t.Errorf("counted %d at %.20q", n, k)
		}
	}
	for _, at := range [][2]string{{"", ""}, {"p\xff", ""}, {"p\ufffd", "s\xff"}, {long, ""}, {"p\ufffd", long}} {
		records, next, err := table.List(t.Context(), at[0], at[1], store.Page{})
		if err != nil || len(records) != 0 || next != (store.Page{}) {
			t.Errorf("list %.20q: %d records, %v, %v", at, len(records), next, err)
		}
	}
}

func testOutOfTime(t *testing.T, table store.Table) {
	k := key("p", "s")
	write(t, table, store.Put(k, doc{"before"}))
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, errGet := table.Get(ctx, k)
	_, _, errList := table.List(ctx, "p", "", store.Page{})
	_, errCount := table.Count(ctx, key("p", "n"), 1, store.Limit{})
	for operation, err := range map[string]error{
		"get": errGet, "list": errList, "count": errCount,
		"put":    table.Write(ctx, store.Put(k, doc{"after"})),
		"delete": table.Write(ctx, store.Delete(k).IfVersion("x")),
		"many":   table.Write(ctx, store.Delete(k), store.Check(key("p", "t")).IfAbsent()),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", operation, err)
		}
	}
	get(t, table, k, "before")
}
