package audit_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/audit"
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

// inOrder takes note of what kinds of events are written, one after the other.
type inOrder struct {
	store.Table
	kinds []audit.Kind
}

func (o *inOrder) Write(ctx context.Context, changes ...store.Change) error {
	e, err := store.Decode[audit.Event](store.Record{Value: changes[0].Value})
	o.kinds = append(o.kinds, e.Kind)
	if err != nil {
		return err
	}
	return o.Table.Write(ctx, changes...)
}

// Who reads the trail reads why a grant ended before they read that it did.
func TestAReplayIsRecordedBeforeWhatItEnded(t *testing.T) {
	w := open(t, nil)
	again := map[audit.Kind]func(){}
	code := w.code(w.begin())
	w.redeem(code)
	again[audit.CodeReplayed] = func() { w.redeem(code) }
	tokens := w.redeem(w.code(w.begin()))
	w.refresh(tokens["refresh_token"])
	again[audit.RefreshTokenReused] = func() { w.refresh(tokens["refresh_token"]) }
	for why, replay := range again {
		written := &inOrder{Table: w.events}
		w.parts.RecordIn(audit.New(written, slog.New(slog.DiscardHandler), audit.Options{}))
		replay()
		if want := []audit.Kind{why, audit.GrantEnded}; !slices.Equal(written.kinds, want) {
			t.Errorf("got %v, want %v", written.kinds, want)
		}
	}
}
