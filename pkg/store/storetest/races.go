package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// race runs write in racers goroutines at once. Exactly one must get nil; each of
// the others a conflict. It returns the winner's number and the losers' views.
func race(t *testing.T, write func(ctx context.Context, i int) error) (winner int, views []store.Record) {
	t.Helper()
	errs := make([]error, racers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-start
			errs[i] = persist(t.Context(), func(ctx context.Context) error { return write(ctx, i) })
		})
	}
	close(start)
	wg.Wait()
	winner = -1
	for i, err := range errs {
		var c *store.Conflict
		switch {
		case err == nil && winner >= 0:
			t.Fatalf("both %d and %d won", winner, i)
		case err == nil:
			winner = i
		case errors.As(err, &c):
			views = append(views, c.Record)
		default:
			t.Fatalf("racer %d: %v, want nil or a conflict", i, err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	return winner, views
}

// persist tries again, as an HTTP client would on 503, what the store was too busy
// to decide: with so many transactions on one item DynamoDB may cancel them all.
func persist(ctx context.Context, attempt func(context.Context) error) (err error) {
	for range 50 {
		if err = attempt(ctx); !errors.Is(err, store.ErrUnavailable) {
			return err
		}
	}
	return err
}

func testOneWinner(t *testing.T, table store.Table) {
	for name, contend := range map[string]func(k store.Key, version string) store.Change{
		"create":  func(k store.Key, _ string) store.Change { return store.Put(k, doc{"x"}).IfAbsent() },
		"replace": func(k store.Key, v string) store.Change { return store.Put(k, doc{"x"}).IfVersion(v) },
		"delete":  func(k store.Key, v string) store.Change { return store.Delete(k).IfVersion(v) },
	} {
		t.Run(name, func(t *testing.T) {
			k := key("race", name)
			if name != "create" {
				write(t, table, store.Put(k, doc{"before"}))
			}
			before, _ := table.Get(t.Context(), k)
			winner, views := race(t, func(ctx context.Context, i int) error {
				c := contend(k, before.Version)
				if c.Op == store.OpPut {
					c.Value = fmt.Appendf(nil, `{"text":"%d"}`, i)
				}
				return table.Write(ctx, c)
			})
			if name == "delete" {
				absent(t, table, k)
				for _, view := range views {
					if view.Version != "" {
						t.Fatalf("a loser saw %s, which was deleted", view.Value)
					}
				}
				return
			}
			won := get(t, table, k, fmt.Sprint(winner))
			for _, view := range views {
				if view.Version != won.Version || string(view.Value) != string(won.Value) {
					t.Fatalf("a loser saw %s, want the winner's %s", view.Value, won.Value)
				}
			}
		})
	}
}

// testOneTransaction lets writes of several records fight for one of them: a name
// taken by many users at once.
func testOneTransaction(t *testing.T, table store.Table) {
	name := key("names#07", "alice")
	user := func(i int) store.Key { return key(fmt.Sprintf("user#%d", i), "profile") }
	winner, views := race(t, func(ctx context.Context, i int) error {
		return table.Write(ctx,
			store.Put(user(i), doc{"alice"}).IfAbsent(),
			store.Put(name, doc{fmt.Sprint(i)}).IfAbsent())
	})
	won := get(t, table, name, fmt.Sprint(winner))
	for _, view := range views {
		if view.Version != won.Version {
			t.Fatalf("a loser saw %s, want the winner's %s", view.Value, won.Value)
		}
	}
	for i := range racers {
		if i == winner {
			get(t, table, user(i), "alice")
		} else {
			absent(t, table, user(i))
		}
	}
}

// testNoLostUpdate increments one number from many goroutines by read and
// conditional write: each increment that was accepted is in the sum.
func testNoLostUpdate(t *testing.T, table store.Table) {
	k := key("sum", "s")
	write(t, table, store.Put(k, 0))
	var wg sync.WaitGroup
	increment := func() error {
		sum, version, err := store.Load[int](t.Context(), table, k)
		if err != nil {
			return err
		}
		return table.Write(t.Context(), store.Put(k, sum+1).IfVersion(version))
	}
	for range racers / 8 {
		wg.Go(func() {
			for done := 0; done < 4; {
				err := increment()
				var c *store.Conflict
				switch {
				case err == nil:
					done++
				case !errors.As(err, &c) && !errors.Is(err, store.ErrUnavailable):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if sum, _, err := store.Load[int](t.Context(), table, k); err != nil || sum != racers/8*4 {
		t.Errorf("sum %d, %v; want %d", sum, err, racers/8*4)
	}
}
