package store_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// TestF16Bounds: what DynamoDB would refuse is refused before it is asked, and by
// every backend alike.
func TestF16Bounds(t *testing.T) {
	key := func(n int) store.Key { return store.Key{Partition: "p", Sort: strings.Repeat("s", n+1)} }
	many := func(n int, value string) (changes []store.Change) {
		for i := range n {
			changes = append(changes, store.Put(key(i), value))
		}
		return changes
	}
	for name, c := range map[string]struct {
		changes []store.Change
		good    bool
	}{
		"100 changes":        {many(store.MaxChanges, "v"), true},
		"101 changes":        {many(store.MaxChanges+1, "v"), false},
		"none":               {nil, false},
		"the largest value":  {many(1, strings.Repeat("v", store.MaxValueBytes-2)), true},
		"a larger value":     {many(1, strings.Repeat("v", store.MaxValueBytes-1)), false},
		"over 4 MB together": {many(12, strings.Repeat("v", store.MaxValueBytes-2)), false},
		"two on one item":    {[]store.Change{store.Put(key(1), "a"), store.Delete(key(1))}, false},
		"no JSON":            {[]store.Change{store.Put(key(1), func() {})}, false},
	} {
		if err := store.Validate(c.changes); (err == nil) != c.good {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
