package kept_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/kept"
)

func TestOneAtATimeHasTheTurn(t *testing.T) {
	turn := kept.NewTurn()
	var inside atomic.Int32
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			if err := turn.Enter(t.Context()); err != nil {
				t.Error(err)
				return
			}
			defer turn.Leave()
			if inside.Add(1) != 1 {
				t.Error("two have the turn")
			}
			inside.Add(-1)
		})
	}
	group.Wait()
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	turn := kept.NewTurn()
	if !turn.TryEnter() || turn.TryEnter() {
		t.Fatal("a free turn is for one")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := turn.Enter(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	turn.Leave()
	if err := turn.Enter(t.Context()); err != nil {
		t.Errorf("after it was left: %v", err)
	}
}

func TestAgesAreToldByTheWallClock(t *testing.T) {
	now := kept.Now()
	if now != now.Round(0) {
		t.Error("a monotonic reading stands still in a frozen environment")
	}
	if before := now.Add(-time.Hour); kept.Apart(now, before) != time.Hour || kept.Apart(before, now) != time.Hour {
		t.Error("a clock that was set back keeps things for ever")
	}
}

func TestAFetchForAllEndsWithTheDeadlineAndNotWithACaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct{ callers, timeout, want time.Duration }{
			"the caller's deadline is sooner": {time.Second, time.Minute, time.Second},
			"the timeout is sooner":           {time.Minute, time.Second, time.Second},
		} {
			ctx, hangUp := context.WithTimeout(t.Context(), c.callers)
			fetching, cancel := kept.Uncancelled(ctx, c.timeout)
			hangUp()
			if fetching.Err() != nil {
				t.Errorf("%s: it ended with its caller", name)
			}
			if deadline, _ := fetching.Deadline(); time.Until(deadline) != c.want {
				t.Errorf("%s: got %s", name, time.Until(deadline))
			}
			cancel()
		}
	})
}
