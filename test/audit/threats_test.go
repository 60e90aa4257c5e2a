package audit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// tallied counts what is written to a table: how many events, of how many views each.
type tallied struct {
	store.Table
	mu     sync.Mutex
	writes map[string]int
	fails  error
}

func (t *tallied) Write(ctx context.Context, changes ...store.Change) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writes[fmt.Sprint(len(changes), " views")]++
	for _, c := range changes {
		if c.Op != store.OpPut || c.Condition != store.IfAbsent {
			t.writes["not added"]++
		}
	}
	if t.fails != nil {
		return t.fails
	}
	return t.Table.Write(ctx, changes...)
}

// recordInto has the world record into a table that counts.
func (w *world) recordInto() *tallied {
	counted := &tallied{Table: w.events, writes: map[string]int{}}
	w.parts.RecordIn(audit.New(counted, slog.New(slog.DiscardHandler), audit.Options{}))
	return counted
}

// O37: what is written of a refusal is as much for a name that somebody has, one that
// nobody has, and one that is none; and nothing of the name.
func TestO37AsMuchIsWrittenOfNobody(t *testing.T) {
	var link string
	for name, c := range map[string]struct {
		settings map[string]string
		does     func(w *world, username string)
	}{
		"wrong passwords":     {nil, func(w *world, username string) { w.signIn(username, mistyped) }},
		"until it is locked":  {map[string]string{"LOCKOUT_ATTEMPTS": "3"}, func(w *world, username string) { w.repeat(5, username) }},
		"without any waiting": {nil, func(w *world, username string) { w.repeat(6, username) }},
		"a reset": {nil, func(w *world, username string) {
			must(w.t, w.parts.Issuer.AskReset(w.t.Context(), issue.Wish{Name: username, Address: address}, letter(&link)))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var want map[string]int
			for _, username := range []string{"alice", "disabled", "nobody"} {
				synctest.Test(t, func(t *testing.T) {
					w := open(t, c.settings)
					user, err := w.parts.Users.Add(t.Context(), identity.NewUser{Username: "disabled", Password: password})
					must(t, errors.Join(err, w.parts.Users.Disable(t.Context(), user.ID)))
					counted := w.recordInto()
					c.does(w, username)
					if want == nil {
						want = maps.Clone(counted.writes)
					}
					if diff := cmp.Diff(want, counted.writes); diff != "" || len(want) == 0 {
						t.Errorf("%q leaves something else than alice:\n%s", username, diff)
					}
					if strings.Contains(w.everything(), "nobody") {
						t.Errorf("%q is kept", username)
					}
				})
			}
		})
	}
}

func (w *world) repeat(n int, username string) {
	for range n {
		w.signIn(username, mistyped)
	}
}

// A trail that cannot be written changes no decision: who may come in comes in, and who
// may not does not.
func TestADecisionStandsWithoutItsEvent(t *testing.T) {
	w := open(t, nil)
	w.recordInto().fails = store.ErrUnavailable
	if tokens := w.signIn("alice", string(password)); tokens["access_token"] == nil {
		t.Errorf("got %v", tokens)
	}
	if tokens := w.signIn("alice", mistyped); tokens["error"] != "invalid_grant" {
		t.Errorf("got %v", tokens)
	}
	must(t, w.parts.Users.Disable(t.Context(), w.alice.ID))
	if tokens := w.signIn("alice", string(password)); tokens["error"] != "invalid_grant" {
		t.Errorf("got %v", tokens)
	}
}

// Events are added where nothing lies: whatever a flow does, no other is written over.
func TestEventsAreOnlyAdded(t *testing.T) {
	w := open(t, nil)
	counted := w.recordInto()
	w.redeem(w.code(w.begin()))
	w.signIn("alice", mistyped)
	must(t, w.parts.Issuer.SignOutEverywhere(t.Context(), w.alice.ID))
	if counted.writes["not added"] > 0 || len(counted.writes) == 0 {
		t.Errorf("got %v", counted.writes)
	}
}
