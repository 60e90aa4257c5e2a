package audit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// outrun calls before, once, when a grant is about to be deleted.
type outrun struct {
	store.Table
	before func()
}

func (o *outrun) Write(ctx context.Context, changes ...store.Change) error {
	for _, c := range changes {
		if before := o.before; before != nil && c.Op == store.OpDelete && strings.HasPrefix(c.Key.Sort, "grant#") {
			o.before = nil
			before()
		}
	}
	return o.Table.Write(ctx, changes...)
}

// Of two replays at once one ends the grant, and the other, which comes too late to, adds
// nothing to the trail.
func TestTheReplayThatEndsNothingIsNotRecorded(t *testing.T) {
	w := open(t, nil)
	code := w.code(w.begin())
	w.redeem(code)
	w.recorded()
	w.state.before = func() { w.redeem(code) }
	w.redeem(code)
	if got := w.recorded(); w.state.before != nil || len(got) != 2 {
		t.Errorf("got %v", got)
	}
}
