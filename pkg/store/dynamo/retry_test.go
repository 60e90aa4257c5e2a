package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
	"github.com/ostiary-auth/ostiary/test/faults"
)

var k = store.Key{Partition: "p", Sort: "s"}

// nowhere is the configuration of clients whose every request is spoiled.
func nowhere() aws.Config {
	return (&dynamodb.Server{Endpoint: "http://127.0.0.1:1"}).Config()
}

// operations is every operation of the port and every way to write, by the
// DynamoDB operation that carries it out.
func operations(table store.Table) map[string]func(context.Context) error {
	other := store.Key{Partition: "p", Sort: "t"}
	return map[string]func(context.Context) error{
		"GetItem": func(ctx context.Context) error { _, err := table.Get(ctx, k); return err },
		"Query":   func(ctx context.Context) error { _, _, err := table.List(ctx, "p", "", store.Page{}); return err },
		"UpdateItem": func(ctx context.Context) error {
			_, err := table.Count(ctx, k, 1, store.Limit{Max: 3})
			return err
		},
		"PutItem":            func(ctx context.Context) error { return table.Write(ctx, store.Put(k, "x").IfAbsent()) },
		"DeleteItem":         func(ctx context.Context) error { return table.Write(ctx, store.Delete(k)) },
		"TransactWriteItems": func(ctx context.Context) error { return table.Write(ctx, store.Delete(k), store.Put(other, "x")) },
	}
}

// TestF08Throttling: three attempts within a second, then unavailable.
func TestF08Throttling(t *testing.T) {
	for _, code := range []string{
		"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
		"KeyRangeThroughputExceeded", "TransactionInProgressException",
	} {
		testUnavailable(t, dynamo.Tables, faults.Throttle(code), 3, time.Second)
	}
	testUnavailable(t, dynamo.Tables, faults.Internal(), 3, time.Second)
	testUnavailable(t, dynamo.Tables, faults.Before(), 3, time.Second)
	testUnavailable(t, dynamo.Tables, faults.Hang(), 1, time.Second)
}

// TestF08ThrottlingOfLongWork: ten attempts within half a minute.
func TestF08ThrottlingOfLongWork(t *testing.T) {
	testUnavailable(t, dynamo.PatientTables, faults.Throttle("ThrottlingException"), 10, 30*time.Second)
	testUnavailable(t, dynamo.PatientTables, faults.Hang(), 1, 30*time.Second)
}

func testUnavailable(t *testing.T, open func(aws.Config) func(string) store.Table, fault faults.Fault, attempts int, most time.Duration) {
	for operation := range operations(nil) {
		t.Run(fault.String()+"/"+operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				plan := faults.From(1, fault)
				table := open(plan.Attach(nowhere()))("t")
				begin := time.Now()
				err := operations(table)[operation](t.Context())
				if !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%v, want ErrUnavailable", err)
				}
				if took := time.Since(begin); took > most { // the bubble's
					t.Errorf("gave up after %v, want at most %v", took, most)
				}
				if got := plan.Operations(); len(got) != attempts || got[0] != operation {
					t.Errorf("requests %q, want %d of %s", got, attempts, operation)
				}
			})
		})
	}
}

// TestF08IsNotForMistakes: what an operator must mend is not called unavailable,
// and is asked once.
func TestF08IsNotForMistakes(t *testing.T) {
	for _, code := range []string{"ResourceNotFoundException", "AccessDeniedException", "ValidationException"} {
		plan := faults.From(1, faults.Refuse(code))
		table := dynamo.Open(plan.Attach(nowhere()), "t")
		for operation, run := range operations(table) {
			before := len(plan.Operations())
			if err := run(t.Context()); err == nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s at %s: %v", code, operation, err)
			}
			if n := len(plan.Operations()) - before; n != 1 {
				t.Errorf("%s at %s: asked %d times", code, operation, n)
			}
		}
	}
}

// TestF09TransactionConflict: tried again three times; then a strong read decides.
func TestF09TransactionConflict(t *testing.T) {
	server := dynamodb.Start(t)
	other := store.Key{Partition: "p", Sort: "t"}
	for name, c := range map[string]struct {
		plan     *faults.Plan
		changes  func(version string) []store.Change
		requests int
		want     error
	}{
		"once":            {faults.Nth(1, faults.Conflict()), one, 2, nil},
		"once, many":      {faults.Nth(1, faults.Conflict()), many, 2, nil},
		"throttled in it": {faults.Nth(1, faults.Canceled("None", "ThrottlingError")), many, 2, nil},
		"always":          {faults.From(1, faults.Conflict()), one, 4 + 1, store.ErrUnavailable},
		"always, many":    {faults.From(1, faults.Conflict()), many, 4 + 2, store.ErrUnavailable},
		"lost meanwhile":  {faults.From(1, faults.Conflict()), func(string) []store.Change { return one("stale") }, 4 + 1, &store.Conflict{}},
		"lost, many":      {faults.From(1, faults.Conflict()), func(string) []store.Change { return many("stale") }, 4 + 1, &store.Conflict{}},
		"both at once": {
			faults.From(1, faults.Canceled("ConditionalCheckFailed", "TransactionConflict")), many, 1, &store.Conflict{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := server.Table(t)
			good := dynamo.NewAt(server.Client(), table, time.Now, patience)
			if err := good.Write(t.Context(), store.Put(k, "before")); err != nil {
				t.Fatal(err)
			}
			standing, err := good.Get(t.Context(), k)
			if err != nil {
				t.Fatal(err)
			}
			spoiled := dynamo.NewAt(dynamo.NewEagerClient(c.plan.Attach(server.Config())), table, time.Now, patience)
			err = spoiled.Write(t.Context(), c.changes(standing.Version)...)
			var conflict *store.Conflict
			switch c.want.(type) { //nolint:errorlint // of the table above
			case *store.Conflict:
				if !errors.As(err, &conflict) || conflict.Key != k {
					t.Errorf("%v, want a conflict", err)
				} else if len(c.plan.Operations()) > 1 && conflict.Record.Version != standing.Version {
					t.Errorf("the conflict holds %q, want what stands there", conflict.Record.Version)
				}
			default:
				if !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			}
			if got := c.plan.Operations(); len(got) != c.requests {
				t.Errorf("requests %q, want %d", got, c.requests)
			}
			_, errOther := good.Get(t.Context(), other)
			if partial := errOther == nil; partial != (c.want == nil && len(c.changes("")) == 2) {
				t.Errorf("the other record: %v", errOther)
			}
		})
	}
}

func one(version string) []store.Change {
	return []store.Change{store.Put(k, "after").IfVersion(version)}
}

func many(version string) []store.Change {
	return append(one(version), store.Put(store.Key{Partition: "p", Sort: "t"}, "x").IfAbsent())
}

// TestF09Count: an update that meets a transaction is tried again as well.
func TestF09Count(t *testing.T) {
	server := dynamodb.Start(t)
	for n := 1; n <= 3; n++ {
		plan := faults.Nth(n, faults.Conflict())
		table := dynamo.NewAt(dynamo.NewEagerClient(plan.Attach(server.Config())), server.Table(t), time.Now, patience)
		var got []int
		for range 2 {
			count, err := table.Count(t.Context(), k, 1, store.Limit{Max: 5})
			if err != nil {
				t.Fatalf("%s: %v", plan, err)
			}
			got = append(got, count)
		}
		if !slices.Equal(got, []int{1, 2}) || plan.Spoiled() != 1 {
			t.Errorf("%s: %v", plan, got)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		plan := faults.From(1, faults.Conflict())
		table := dynamo.Open(plan.Attach(nowhere()), "t")
		if _, err := table.Count(t.Context(), k, 1, store.Limit{}); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
		if got := fmt.Sprint(plan.Operations()); got != "[UpdateItem UpdateItem UpdateItem UpdateItem]" {
			t.Errorf("requests %s", got)
		}
	})
}
