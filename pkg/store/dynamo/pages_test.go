package dynamo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
)

// TestF15QueriesAreCut: DynamoDB ends a query's answer at 1 MB, whatever its limit.
// Who lists goes on until there is no more, and misses nothing.
func TestF15QueriesAreCut(t *testing.T) {
	server := dynamodb.Start(t)
	table := dynamo.NewAt(server.Client(), server.Table(t), time.Now, patience)
	const records = 30
	large := strings.Repeat("x", 100<<10)
	for i := range records {
		key := store.Key{Partition: "p", Sort: fmt.Sprintf("s%02d", i)}
		if err := table.Write(t.Context(), store.Put(key, large)); err != nil {
			t.Fatal(err)
		}
	}
	first, next, err := table.List(t.Context(), "p", "s", store.Page{})
	if err != nil || len(first) == records || next == (store.Page{}) {
		t.Fatalf("the first answer has %d records and goes on at %v, %v: it was not cut", len(first), next, err)
	}
	all, err := store.All(t.Context(), table, "p", "s")
	if err != nil || len(all) != records {
		t.Fatalf("got %d records, %v", len(all), err)
	}
	for i, record := range all {
		if want := fmt.Sprintf("s%02d", i); record.Key.Sort != want {
			t.Errorf("record %d is %s", i, record.Key.Sort)
		}
	}
}
