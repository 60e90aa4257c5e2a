package storetest

import (
	"fmt"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

func testAtomic(t *testing.T, table store.Table) {
	user, name, gone, guard := key("user#1", "profile"), key("names#07", "alice"), key("user#1", "old"), key("client#1", "meta")
	write(t, table, store.Put(gone, doc{"old"}))
	write(t, table, store.Put(guard, doc{"guard"}))
	version := get(t, table, guard, "guard").Version
	write(t, table,
		store.Put(user, doc{"alice"}).IfAbsent(),
		store.Put(name, doc{"1"}).IfAbsent(),
		store.Delete(gone),
		store.Check(guard).IfVersion(version))
	standing := get(t, table, name, "1")
	if u := get(t, table, user, "alice"); u.Version == "" || get(t, table, guard, "guard").Version != version {
		t.Errorf("a check changed its record")
	}
	absent(t, table, gone)

	other := key("user#2", "profile")
	err := table.Write(t.Context(),
		store.Put(other, doc{"mallory"}).IfAbsent(),
		store.Put(name, doc{"2"}).IfAbsent(),
		store.Delete(guard))
	if got := conflict(t, err, name); got.Version != standing.Version || string(got.Value) != string(standing.Value) {
		t.Errorf("the conflict holds %s, want the record that has the name: %s", got.Value, standing.Value)
	}
	absent(t, table, other) // nothing of a refused write is applied, whatever its place
	get(t, table, guard, "guard")
	get(t, table, name, "1")

	err = table.Write(t.Context(), store.Put(other, doc{"x"}), store.Check(guard).IfVersion("another"))
	conflict(t, err, guard)
	absent(t, table, other)
	err = table.Write(t.Context(), store.Put(name, doc{"x"}).IfVersion("x"), store.Put(user, doc{"x"}).IfVersion("x"))
	conflict(t, err, name) // the first of several

	many := make([]store.Change, store.MaxChanges)
	for i := range many {
		many[i] = store.Put(key("many", fmt.Sprintf("%03d", i)), doc{"x"}).IfAbsent()
	}
	write(t, table, many...)
	if records, err := store.All(t.Context(), table, "many", ""); err != nil || len(records) != len(many) {
		t.Errorf("%d records of a large write, %v", len(records), err)
	}
}

// testTwice sends each write again, as a duplicate invocation does: the second one
// is told what the first one wrote.
func testTwice(t *testing.T, table store.Table) {
	code, family := key("code#1", "code"), key("user#1", "grant#1")
	issue := store.Put(code, doc{"new"}).IfAbsent()
	write(t, table, issue)
	issued := get(t, table, code, "new")
	if got := conflict(t, table.Write(t.Context(), issue), code); got.Version != issued.Version {
		t.Errorf("the conflict holds %s at %q, want the first write's", got.Value, got.Version)
	}
	redeem := []store.Change{
		store.Put(code, doc{"used"}).IfVersion(issued.Version),
		store.Put(family, doc{"born"}).IfAbsent(),
	}
	write(t, table, redeem...)
	used := get(t, table, code, "used")
	if got := conflict(t, table.Write(t.Context(), redeem...), code); got.Version != used.Version {
		t.Errorf("the conflict holds %s at %q, want the used code", got.Value, got.Version)
	}
	write(t, table, store.Delete(family).IfVersion(get(t, table, family, "born").Version))
	conflict(t, table.Write(t.Context(), redeem...), code)
	absent(t, table, family)
}
