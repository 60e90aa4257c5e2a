package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
	"github.com/ostiary-auth/ostiary/test/faults"
)

// A step is one operation of the port and what it must return.
type step struct {
	name string
	run  func(context.Context, store.Table) (string, error)
	want string
}

var (
	user    = store.Key{Partition: "user#1", Sort: "profile"}
	name    = store.Key{Partition: "names#07", Sort: "alice"}
	code    = store.Key{Partition: "code#1", Sort: "code"}
	family  = store.Key{Partition: "user#1", Sort: "grant#1"}
	counter = store.Key{Partition: "lockout#1", Sort: "count"}
)

// script is what the product does to its tables, in short.
func script() []step {
	count := func(delta, max int) func(context.Context, store.Table) (string, error) {
		return func(ctx context.Context, t store.Table) (string, error) {
			n, err := t.Count(ctx, counter, delta, store.Limit{Max: max, Window: time.Hour})
			return fmt.Sprint(n), err
		}
	}
	write := func(changes ...store.Change) func(context.Context, store.Table) (string, error) {
		return func(ctx context.Context, t store.Table) (string, error) { return "", t.Write(ctx, changes...) }
	}
	// at writes under the version that stands at a key.
	at := func(key store.Key, changes func(version string) []store.Change) func(context.Context, store.Table) (string, error) {
		return func(ctx context.Context, t store.Table) (string, error) {
			value, version, err := store.Load[string](ctx, t, key)
			if err != nil {
				return "", err
			}
			return value, t.Write(ctx, changes(version)...)
		}
	}
	return []step{
		{"add user", write(store.Put(user, "alice").IfAbsent(), store.Put(name, "1").IfAbsent()), ""},
		{"add it again", write(store.Put(user, "x").IfAbsent(), store.Put(name, "2").IfAbsent()), `conflict "alice"`},
		{"issue code", write(store.Put(code, "new").IfAbsent().Until(time.Now().Add(time.Minute))), ""},
		{"issue it again", write(store.Put(code, "other").IfAbsent()), `conflict "new"`},
		{"redeem", at(code, func(v string) []store.Change {
			return []store.Change{store.Put(code, "used").IfVersion(v), store.Put(family, "1").IfAbsent()}
		}), "new"},
		{"rotate", at(family, func(v string) []store.Change { return []store.Change{store.Put(family, "2").IfVersion(v)} }), "1"},
		{"count", count(2, 3), "2"},
		{"count on", count(1, 9), "3"},
		{"count more", count(1, 4), "4"},
		{"count too much", count(1, 4), "limit 4"},
		{"give back", count(-2, 4), "2"},
		{"give all back", count(-5, 4), "0"},
		{"revoke", at(family, func(v string) []store.Change { return []store.Change{store.Delete(family).IfVersion(v)} }), "2"},
		{"revoke again", write(store.Delete(family).IfVersion("some")), "conflict "},
		{"delete user", write(store.Delete(user), store.Delete(name), store.Check(family).IfAbsent()), ""},
		{"delete code", write(store.Delete(code)), ""},
	}
}

// outcome makes an operation's result comparable.
func outcome(result string, err error) string {
	var c *store.Conflict
	switch {
	case errors.As(err, &c):
		return "conflict " + string(c.Record.Value)
	case errors.Is(err, store.ErrLimit):
		return "limit " + result
	case err != nil:
		return err.Error()
	}
	return result
}

// TestF10F11OneFaultIsInvisible plays the script once for each request in it and
// each fault there: nobody notices. That an answer was lost after a commit is told
// from a rival by the write's id, or by DynamoDB from the transaction's token.
func TestF10F11OneFaultIsInvisible(t *testing.T) {
	server := dynamodb.Start(t)
	plain := faults.None()
	play(t, server, plain, false)
	for _, fault := range faults.All() {
		for n := range len(plain.Operations()) {
			plan := faults.Nth(n+1, fault)
			t.Run(plan.String(), func(t *testing.T) {
				play(t, server, plan, fault.String() == "conflict")
			})
		}
	}
}

// play demands every step's result, and that the plan came to its fault unless the
// request is one that cannot fail so.
func play(t *testing.T, server *dynamodb.Server, plan *faults.Plan, mayPass bool) {
	t.Helper()
	table := dynamo.NewAt(dynamo.NewEagerClient(plan.Attach(server.Config())), server.Table(t), time.Now, patience)
	for _, s := range script() {
		if got := outcome(s.run(t.Context(), table)); got != s.want {
			if server.Name == "moto" && s.name == "revoke" { // it does not know tokens
				t.Logf("moto took our own retry for a rival's")
				continue
			}
			t.Fatalf("%s: %s, want %s", s.name, got, s.want)
		}
	}
	if plan.String() != "no fault" && plan.Spoiled() != 1 && !mayPass {
		t.Errorf("%d requests spoiled", plan.Spoiled())
	}
}

// TestF08OutageLeavesNoPartialState breaks everything off at each request in turn,
// before or after it is carried out: what stands in the table is then the work of
// some whole number of steps.
func TestF08OutageLeavesNoPartialState(t *testing.T) {
	server := dynamodb.Start(t)
	states := []string{""}
	plain := faults.None()
	whole := server.Table(t)
	table := dynamo.NewAt(dynamo.NewEagerClient(plain.Attach(server.Config())), whole, time.Now, patience)
	for _, s := range script() {
		if got := outcome(s.run(t.Context(), table)); got != s.want {
			t.Fatalf("%s: %s, want %s", s.name, got, s.want)
		}
		states = append(states, state(t, server, whole))
	}
	for _, fault := range []faults.Fault{faults.Before(), faults.After()} {
		for n := range len(plain.Operations()) {
			plan := faults.From(n+1, fault)
			t.Run(plan.String(), func(t *testing.T) {
				name := server.Table(t)
				table := dynamo.NewAt(dynamo.NewEagerClient(plan.Attach(server.Config())), name, time.Now, patience)
				done := 0
				for _, s := range script() {
					if got, err := s.run(t.Context(), table); errors.Is(err, store.ErrUnavailable) {
						break
					} else if got := outcome(got, err); got != s.want {
						t.Fatalf("%s: %s, want %s", s.name, got, s.want)
					}
					done++
				}
				if got := state(t, server, name); got != states[done] && (done+1 == len(states) || got != states[done+1]) {
					t.Errorf("after %d steps: %s\nwant: %s", done, got, states[done])
				}
			})
		}
	}
}

// state is all that the table holds, without versions and times.
func state(t *testing.T, server *dynamodb.Server, name string) (all string) {
	t.Helper()
	table := dynamo.NewAt(server.Client(), name, time.Now, patience)
	for _, partition := range []string{"user#1", "names#07", "code#1", "lockout#1"} {
		records, err := store.All(t.Context(), table, partition, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			all += fmt.Sprintf("%s=%s; ", r.Key, r.Value)
		}
	}
	return all
}
