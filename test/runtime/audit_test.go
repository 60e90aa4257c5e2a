package runtime_test

import (
	"log/slog"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

// recorded finds in the table what the story was: somebody signed in, from where, and by
// which request.
func recorded(t *testing.T, w *world) {
	trail := audit.New(dynamo.Open(w.database, w.env["AUDIT_TABLE"]), slog.New(slog.DiscardHandler), audit.Options{})
	for _, kind := range []audit.Kind{audit.SignInSucceeded, audit.ConsentGiven, audit.SignedOut} {
		events, _, err := trail.Search(t.Context(), audit.Query{Subject: w.userID, Kinds: []audit.Kind{kind}, Limit: 1})
		check(t, err)
		if len(events) == 0 {
			t.Errorf("nothing says %s", kind)
			continue
		}
		if e := events[0]; e.Address == "" || e.UserAgent == "" || e.Reference == "" {
			t.Errorf("got %+v", e)
		}
	}
}
