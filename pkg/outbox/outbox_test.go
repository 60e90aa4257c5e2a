package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
)

func table(t testing.TB) store.Table {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db.Table("state")
}

// recipient is who is told, and what it answers.
type recipient struct {
	mu     sync.Mutex
	told   map[string]int // by body
	answer func(outbox.Message) error
}

func (r *recipient) deliver(_ context.Context, m outbox.Message) error {
	var body string
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.told == nil {
		r.told = map[string]int{}
	}
	r.told[body]++
	if r.answer == nil {
		return nil
	}
	return r.answer(m)
}

func put(t testing.TB, o *outbox.Outbox, state store.Table, bodies ...string) {
	t.Helper()
	for some := range slices.Chunk(bodies, store.MaxChanges) {
		var changes []store.Change
		for _, body := range some {
			changes = append(changes, o.Put("test", body))
		}
		must(t, state.Write(t.Context(), changes...))
	}
}

func drain(t testing.TB, o *outbox.Outbox, r *recipient) outbox.Report {
	t.Helper()
	report, err := o.Drain(t.Context(), r.deliver)
	must(t, err)
	return report
}

func TestAMessageIsDeliveredOnce(t *testing.T) {
	state := table(t)
	o := outbox.Open(state)
	want := map[string]int{}
	for i := range 1000 { // more than a page of a shard
		want[fmt.Sprint(i)] = 1
	}
	put(t, o, state, slices.Collect(maps.Keys(want))...)
	var r recipient
	if got := drain(t, o, &r); got != (outbox.Report{Delivered: 1000}) {
		t.Errorf("got %+v", got)
	}
	if got := drain(t, o, &r); got != (outbox.Report{}) {
		t.Errorf("again: got %+v", got)
	}
	if diff := cmp.Diff(want, r.told); diff != "" {
		t.Error(diff)
	}
}

func TestAMessageIsSentOnlyWithWhatItTellsOf(t *testing.T) {
	state := table(t)
	o := outbox.Open(state)
	key := store.Key{Partition: "user#alice", Sort: "session#1"}
	must(t, state.Write(t.Context(), store.Put(key, 1)))
	if err := state.Write(t.Context(), store.Delete(key).IfVersion("another"), o.Put("test", "gone")); err == nil {
		t.Fatal("the write has no effect, and succeeds")
	}
	var r recipient
	if got := drain(t, o, &r); got != (outbox.Report{}) {
		t.Errorf("got %+v", got)
	}
	if err := state.Write(t.Context(), o.Put("test", func() {})); err == nil {
		t.Error("a body that JSON cannot hold was taken")
	}
}

func TestManyDrainersDeliverOnce(t *testing.T) {
	state := table(t)
	o := outbox.Open(state)
	want := map[string]int{}
	for i := range 64 {
		want[fmt.Sprint(i)] = 1
	}
	put(t, o, state, slices.Collect(maps.Keys(want))...)
	var r recipient
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := outbox.Open(state).Drain(t.Context(), r.deliver); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if diff := cmp.Diff(want, r.told); diff != "" {
		t.Error(diff)
	}
}

var errDown = errors.New("the client is down")

func TestAMessageIsTriedAgainLaterEachTimeForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := table(t)
		o := outbox.Open(state)
		began := time.Now()
		put(t, o, state, "hello")
		var attempts []time.Duration
		r := recipient{answer: func(outbox.Message) error {
			attempts = append(attempts, time.Since(began))
			return errDown
		}}
		dead := 0
		for time.Since(began) < 2*outbox.Lifetime {
			dead += drain(t, o, &r).Dead
			step := time.Second
			if time.Since(began) >= 4200*time.Second { // from here on, all is due at a quarter of a minute
				step *= 15
			}
			time.Sleep(step)
		}
		want := []time.Duration{0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 4095}
		for i := range want {
			want[i] *= time.Second
		}
		for next := want[len(want)-1] + time.Hour; next <= outbox.Lifetime; next += time.Hour {
			want = append(want, next)
		}
		if diff := cmp.Diff(want, attempts); diff != "" {
			t.Error(diff)
		}
		letters, err := o.Dead(t.Context())
		must(t, err)
		if dead != 1 || len(letters) != 1 || letters[0].Failure != errDown.Error() || letters[0].Attempts != len(attempts) {
			t.Errorf("got %d dead, %+v", dead, letters)
		}
	})
}

func TestARefusalForGoodIsTheEnd(t *testing.T) {
	state := table(t)
	o := outbox.Open(state)
	put(t, o, state, "hello")
	r := recipient{answer: func(outbox.Message) error { return fmt.Errorf("%w: bad token", outbox.ErrFinal) }}
	if got := drain(t, o, &r); got != (outbox.Report{Dead: 1}) {
		t.Errorf("got %+v", got)
	}
	letters, err := o.Dead(t.Context())
	must(t, err)
	if len(letters) != 1 || !strings.Contains(letters[0].Failure, "bad token") || string(letters[0].Body) != `"hello"` {
		t.Fatalf("got %+v", letters)
	}

	must(t, o.Revive(t.Context(), letters[0].ID))
	r.answer = nil
	if got := drain(t, o, &r); got != (outbox.Report{Delivered: 1}) {
		t.Errorf("revived: got %+v", got)
	}
	if letters, err = o.Dead(t.Context()); err != nil || len(letters) != 0 {
		t.Errorf("got %+v %v", letters, err)
	}
	if err := o.Revive(t.Context(), "unknown"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

// One drainer dies over a message, another is frozen over it and wakes up when the
// message has been taken over: it is delivered twice at most, and never forked.
func TestAMessageOutlivesItsDrainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := table(t)
		o := outbox.Open(state)
		put(t, o, state, "hello")
		frozen, thaw := make(chan struct{}), make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			report, err := o.Drain(t.Context(), func(context.Context, outbox.Message) error {
				close(frozen)
				<-thaw
				return errDown
			})
			if err != nil || report != (outbox.Report{}) {
				t.Errorf("the first drainer: got %+v %v", report, err)
			}
		})
		<-frozen
		var r recipient
		if got := drain(t, o, &r); got != (outbox.Report{}) {
			t.Errorf("while it is leased: got %+v", got)
		}
		time.Sleep(time.Minute)
		r.answer = func(outbox.Message) error { return errDown }
		if got := drain(t, o, &r); got != (outbox.Report{Failed: 1}) {
			t.Errorf("when the lease has passed: got %+v", got)
		}
		close(thaw)
		group.Wait()
		time.Sleep(time.Hour)
		r.answer = nil
		if got := drain(t, o, &r); got != (outbox.Report{Delivered: 1}) {
			t.Errorf("at last: got %+v", got)
		}
	})
}

// The first drainer wakes up while the second is at it: the message is the second's.
func TestAMessageBelongsToWhoClaimedItLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := table(t)
		o := outbox.Open(state)
		put(t, o, state, "hello")
		var thaw [2]chan struct{}
		var reports [2]outbox.Report
		for i := range thaw {
			thaw[i] = make(chan struct{})
			go func() {
				reports[i], _ = o.Drain(t.Context(), func(context.Context, outbox.Message) error {
					<-thaw[i]
					return errDown
				})
			}()
			time.Sleep(61 * time.Second)
		}
		for i := range thaw {
			close(thaw[i])
			synctest.Wait()
		}
		if want := [2]outbox.Report{{}, {Failed: 1}}; reports != want {
			t.Errorf("got %+v, want %+v", reports, want)
		}
	})
}

func TestWhoIsSlowHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := table(t)
		o := outbox.Open(state)
		put(t, o, state, "slow", "1", "2", "3", "4", "5", "6", "7")
		thaw := make(chan struct{})
		var r recipient
		go func() {
			_, _ = o.Drain(t.Context(), func(ctx context.Context, m outbox.Message) error {
				err := r.deliver(ctx, m)
				if string(m.Body) == `"slow"` {
					<-thaw
				}
				return err
			})
		}()
		synctest.Wait()
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.told) != 8 {
			t.Errorf("%d were told while one is slow, want 8", len(r.told))
		}
		close(thaw)
	})
}

// What was begun when the time is up is brought to its end, and written down; what
// was not is left, without a word about each.
func TestADrainerWhoseTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := table(t)
		o := outbox.Open(state)
		want := map[string]int{}
		for i := range 300 {
			want[fmt.Sprint(i)] = 1
		}
		put(t, o, state, slices.Collect(maps.Keys(want))...)
		ctx, cancel := context.WithCancel(t.Context())
		r := recipient{answer: func(outbox.Message) error {
			cancel()
			return nil
		}}
		first, err := o.Drain(ctx, r.deliver)
		if all, ok := err.(interface{ Unwrap() []error }); ok && len(all.Unwrap()) > 30 { // as it came
			t.Errorf("got %d complaints", len(all.Unwrap()))
		}
		if first.Delivered == 0 || first.Delivered > 100 {
			t.Errorf("got %+v", first)
		}
		time.Sleep(2 * time.Minute)
		r.answer = nil
		drain(t, o, &r)
		if diff := cmp.Diff(want, r.told); diff != "" {
			t.Error(diff)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
