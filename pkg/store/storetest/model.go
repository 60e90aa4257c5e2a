package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// testModel writes at random to a table and to a map beside it, which must agree
// after every step. A record that has expired is not in the map.
func testModel(t *testing.T, table store.Table) {
	partition := 0
	rapid.Check(t, func(rt *rapid.T) {
		partition++ // a fresh one for every sequence
		m := model{table: table, partition: fmt.Sprint(partition), records: map[string]store.Record{}}
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			m.step(rt)
		}
	})
}

type model struct {
	table     store.Table
	partition string
	records   map[string]store.Record
}

// step writes one to three changes and compares.
func (m model) step(t *rapid.T) {
	var changes []store.Change
	refused := ""
	for _, sort := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 3, rapid.ID).Draw(t, "keys") {
		c, holds := m.draw(t, sort)
		changes = append(changes, c)
		if !holds && refused == "" {
			refused = sort
		}
	}
	err := m.table.Write(t.Context(), changes...)
	var c *store.Conflict
	switch {
	case refused == "" && err != nil:
		t.Fatalf("write: %v, want nil", err)
	case refused != "" && (!errors.As(err, &c) || c.Key.Sort != refused):
		t.Fatalf("write: %v, want a conflict at %s", err, refused)
	case refused != "" && (c.Record.Version != m.records[refused].Version || string(c.Record.Value) != string(m.records[refused].Value)):
		t.Fatalf("the conflict holds %s, want %s", c.Record.Value, m.records[refused].Value)
	}
	if refused == "" {
		m.apply(changes)
	}
	m.compare(t)
}

func (m model) draw(t *rapid.T, sort string) (c store.Change, holds bool) {
	standing, found := m.records[sort]
	k := key(m.partition, sort)
	switch rapid.SampledFrom([]string{"put", "put", "until", "expired", "delete", "check"}).Draw(t, "operation") {
	case "put":
		c = store.Put(k, rapid.String().Draw(t, "value"))
	case "until":
		c = store.Put(k, 1).Until(time.Now().Add(time.Hour))
	case "expired":
		c = store.Put(k, 2).Until(time.Now().Add(-time.Hour))
	case "delete":
		c = store.Delete(k)
	case "check":
		c = store.Check(k).IfAbsent()
	}
	switch condition := rapid.SampledFrom([]string{"always", "absent", "version", "stale"}).Draw(t, "condition"); {
	case condition == "version" && found:
		return c.IfVersion(standing.Version), true
	case condition == "stale":
		return c.IfVersion("stale"), false
	case condition == "always" && c.Op != store.OpCheck:
		return c, true
	default:
		return c.IfAbsent(), !found
	}
}

func (m model) apply(changes []store.Change) {
	for _, c := range changes {
		if c.Op == store.OpCheck {
			continue
		}
		delete(m.records, c.Key.Sort)
		if c.Op == store.OpPut && (c.Expires.IsZero() || c.Expires.After(time.Now())) {
			m.records[c.Key.Sort] = store.Record{Value: c.Value}
		}
	}
}

// compare takes over the versions of what was written, which the model cannot
// foresee.
func (m model) compare(t *rapid.T) {
	listed, err := store.All(t.Context(), m.table, m.partition, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.Sorted(maps.Keys(m.records)); !slices.Equal(sorts(listed), want) {
		t.Fatalf("listed %q, want %q", sorts(listed), want)
	}
	for _, r := range listed {
		want := m.records[r.Key.Sort]
		if string(r.Value) != string(want.Value) || want.Version != "" && r.Version != want.Version {
			t.Fatalf("%s holds %s, want %s", r.Key, r.Value, want.Value)
		}
		m.records[r.Key.Sort] = r
	}
}
