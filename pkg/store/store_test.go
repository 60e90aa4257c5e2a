package store_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// TestO50AKeyInAnErrorNamesNobody: errors end up in logs.
func TestO50AKeyInAnErrorNamesNobody(t *testing.T) {
	for want, key := range map[string]store.Key{
		"keys / ring":           {Partition: "keys", Sort: "ring"},
		"user#... / grant#...":  {Partition: "user#alice", Sort: "grant#g"},
		"username#... / ...":    {Partition: "username#07", Sort: "alice"},
		"attempts#... / ...":    {Partition: "attempts#account#x", Sort: "count"},
		"jti#... / revoked#...": {Partition: "jti#x", Sort: "revoked#client"},
	} {
		if got := key.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := (&store.Conflict{Key: key}).Error(); got != "store: conflict at "+want {
			t.Errorf("got %q", got)
		}
	}
}
