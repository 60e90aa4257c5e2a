// Package storetest answers "is this backend a store?": every promise of
// store.Table as tests, which each backend runs on itself. It asks for nothing
// beyond the port.
package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// racers is how many goroutines fight in the tests of races.
const racers = 64

type doc struct {
	Text string `json:"text"`
}

// Run tests the tables that open makes. Each must be empty and nobody else's.
func Run(t *testing.T, open func(t *testing.T) store.Table) {
	for name, test := range map[string]func(*testing.T, store.Table){
		"reading":         testReading,
		"conditions":      testConditions,
		"F14 expired":     testExpired,
		"atomic":          testAtomic,
		"F16 bounds":      testBounds,
		"impossible keys": testImpossibleKeys,
		"out of time":     testOutOfTime,
		"F20 put twice":   testTwice,
		"one winner":      testOneWinner,
		"one transaction": testOneTransaction,
		"no lost update":  testNoLostUpdate,
		"list":            testList,
		"list pages":      testPages,
		"F15 large pages": testLargePages,
		"count":           testCount,
		"F18 count races": testCountRaces,
		"model":           testModel,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// RunClock tests what happens as time passes, on tables that ask now for the time.
func RunClock(t *testing.T, open func(t *testing.T, now func() time.Time) store.Table) {
	for name, test := range map[string]func(*testing.T, store.Table, *clock){
		"F14 records expire":  testRecordsExpire,
		"F14 counters expire": testCountersExpire,
	} {
		t.Run(name, func(t *testing.T) {
			c := &clock{at: time.Now().Truncate(time.Second)}
			test(t, open(t, c.now), c)
		})
	}
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func key(partition, sort string) store.Key { return store.Key{Partition: partition, Sort: sort} }

// write demands that the changes be applied.
func write(t *testing.T, table store.Table, changes ...store.Change) {
	t.Helper()
	if err := table.Write(t.Context(), changes...); err != nil {
		t.Fatalf("write %s: %v", changes[0].Key, err)
	}
}

// get demands a record that holds text, and returns it.
func get(t *testing.T, table store.Table, k store.Key, text string) store.Record {
	t.Helper()
	r, err := table.Get(t.Context(), k)
	if err != nil {
		t.Fatalf("get %s: %v", k, err)
	}
	got, err := store.Decode[doc](r)
	if err != nil || got.Text != text {
		t.Fatalf("get %s: %q, %v; want %q", k, got.Text, err, text)
	}
	if r.Key != k || r.Version == "" {
		t.Fatalf("get %s: key %s, version %q", k, r.Key, r.Version)
	}
	return r
}

// absent demands that there be no record.
func absent(t *testing.T, table store.Table, k store.Key) {
	t.Helper()
	if r, err := table.Get(t.Context(), k); !errors.Is(err, store.ErrNotFound) || r.Version != "" {
		t.Fatalf("get %s: %s, %v; want nothing and ErrNotFound", k, r.Value, err)
	}
}

// conflict demands a *store.Conflict at k and returns the record in it.
func conflict(t *testing.T, err error, k store.Key) store.Record {
	t.Helper()
	var c *store.Conflict
	if !errors.As(err, &c) {
		t.Fatalf("write: %v; want a conflict at %s", err, k)
	}
	if c.Key != k {
		t.Fatalf("conflict at %s, want %s", c.Key, k)
	}
	return c.Record
}
