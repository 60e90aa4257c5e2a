package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

func testReading(t *testing.T, table store.Table) {
	k := key("user#1", "profile")
	absent(t, table, k)

	write(t, table, store.Put(k, doc{"one \x00 ü 😀 <&>"}))
	first := get(t, table, k, "one \x00 ü 😀 <&>")
	if !first.Expires.IsZero() {
		t.Errorf("expires %v, want never", first.Expires)
	}
	first.Value[0] = '!' // the caller's own copy
	get(t, table, k, "one \x00 ü 😀 <&>")

	expires := time.Now().Add(time.Hour)
	write(t, table, store.Put(k, doc{"two"}).Until(expires))
	second := get(t, table, k, "two")
	if second.Version == first.Version {
		t.Errorf("the version is the same after another write")
	}
	if d := second.Expires.Sub(expires); d < 0 || d >= time.Second {
		t.Errorf("expires %v, want %v rounded up to a second", second.Expires, expires)
	}
	write(t, table, store.Put(k, doc{"two"}))
	if third := get(t, table, k, "two"); third.Version == second.Version || !third.Expires.IsZero() {
		t.Errorf("a put kept the version or the expiry of the record before it")
	}
	absent(t, table, key("user#1", "profil"))
	absent(t, table, key("user#", "1profile"))

	write(t, table, store.Delete(k))
	absent(t, table, k)
	write(t, table, store.Delete(k)) // an absent one too
}

// condition puts a change under a condition, and says in which states of the record that
// one holds.
type condition func(c store.Change, version string) (_ store.Change, holds map[string]bool)

// testConditions tries each operation under each condition on each state.
func testConditions(t *testing.T, table store.Table) {
	conditions := map[string]condition{
		"none": func(c store.Change, _ string) (store.Change, map[string]bool) {
			return c, map[string]bool{"absent": true, "there": true, "expired": true}
		},
		"if absent": func(c store.Change, _ string) (store.Change, map[string]bool) {
			return c.IfAbsent(), map[string]bool{"absent": true, "expired": true}
		},
		"if version": func(c store.Change, version string) (store.Change, map[string]bool) {
			return c.IfVersion(version), map[string]bool{"there": true}
		},
		"if another version": func(c store.Change, _ string) (store.Change, map[string]bool) {
			return c.IfVersion("another"), nil
		},
	}
	operations := map[string]func(store.Key) store.Change{
		"put":    func(k store.Key) store.Change { return store.Put(k, doc{"after"}) },
		"delete": store.Delete,
		"check":  store.Check,
	}
	for operation, change := range operations {
		for condition, under := range conditions {
			if operation == "check" && condition == "none" {
				continue
			}
			for _, state := range []string{"absent", "there", "expired"} {
				t.Run(operation+"/"+condition+"/"+state, func(t *testing.T) {
					testCondition(t, table, operation, change, under, state)
				})
			}
		}
	}
}

func testCondition(t *testing.T, table store.Table, operation string, change func(store.Key) store.Change, under condition, state string) {
	t.Helper()
	k := key("conditions", t.Name())
	switch state {
	case "there":
		write(t, table, store.Put(k, doc{"there"}))
	case "expired":
		write(t, table, store.Put(k, doc{"expired"}).Until(time.Now().Add(-24*time.Hour)))
	}
	before, _ := table.Get(t.Context(), k)
	version := before.Version
	if version == "" {
		version = "some"
	}
	c, holds := under(change(k), version)
	err := table.Write(t.Context(), c)
	if !holds[state] {
		if diff := cmp.Diff(before, conflict(t, err, k)); diff != "" {
			t.Errorf("the conflict's record (-want +got):\n%s", diff)
		}
	} else if err != nil {
		t.Fatal(err)
	}
	switch {
	case holds[state] && operation == "put":
		get(t, table, k, "after")
	case holds[state] && operation == "delete", state != "there":
		absent(t, table, k)
	default:
		if r := get(t, table, k, "there"); r.Version != version {
			t.Errorf("the version changed without a write")
		}
	}
}

func testExpired(t *testing.T, table store.Table) {
	now := time.Now()
	past, later := key("p", "past"), key("p", "later")
	write(t, table, store.Put(past, doc{"past"}).Until(now.Add(-time.Second)))
	write(t, table, store.Put(later, doc{"later"}).Until(now.Add(time.Hour)))
	absent(t, table, past)
	get(t, table, later, "later")
	records, err := store.All(t.Context(), table, "p", "")
	if err != nil || len(records) != 1 || records[0].Key != later {
		t.Errorf("list: %v, %v; want the live record alone", records, err)
	}
	write(t, table, store.Put(past, doc{"anew"}).IfAbsent())
	get(t, table, past, "anew")
}

func testRecordsExpire(t *testing.T, table store.Table, clock *clock) {
	k := key("code", "1")
	write(t, table, store.Put(k, doc{"code"}).Until(clock.at.Add(90*time.Second+time.Millisecond)))
	r := get(t, table, k, "code")
	clock.advance(90 * time.Second)
	get(t, table, k, "code")
	clock.advance(time.Second)
	absent(t, table, k)
	if r := conflict(t, table.Write(t.Context(), store.Delete(k).IfVersion(r.Version)), k); r.Version != "" {
		t.Errorf("an expired record stood in the way")
	}
	write(t, table, store.Put(k, doc{"other"}).IfAbsent())
	get(t, table, k, "other")
}
