package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

func sorts(records []store.Record) []string {
	var s []string
	for _, r := range records {
		s = append(s, r.Key.Sort)
	}
	return s
}

func testList(t *testing.T, table store.Table) {
	expired := time.Now().Add(-time.Minute)
	for _, s := range []string{"b#2", "a#1", "b#10", "b", "c", "b#ü", "B#1", "b$", "b#\x00", "b#😀", "b#\uffee"} {
		write(t, table, store.Put(key("p", s), doc{s}))
	}
	write(t, table, store.Put(key("p", "b#3"), doc{"expired"}).Until(expired))
	for _, p := range []string{"", "p#", "pp", "P", "p\x00"} { // neighbours
		if p != "" {
			write(t, table, store.Put(key(p, "b#other"), doc{p}))
		}
	}
	all := []string{"B#1", "a#1", "b", "b#\x00", "b#10", "b#2", "b#ü", "b#\uffee", "b#😀", "b$", "c"} // by UTF-8 bytes
	for name, c := range map[string]struct {
		partition, prefix string
		want              []string
	}{
		"everything":        {"p", "", all},
		"a prefix":          {"p", "b#", all[3:9]},
		"a record's key":    {"p", "c", all[10:]},
		"nothing like it":   {"p", "b#20", nil},
		"another partition": {"p#", "", []string{"b#other"}},
		"NUL in partition":  {"p\x00", "", []string{"b#other"}},
		"no such partition": {"q", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			records, next, err := table.List(t.Context(), c.partition, c.prefix, store.Page{})
			if err != nil || next != (store.Page{}) {
				t.Fatalf("next %v, %v", next, err)
			}
			if diff := cmp.Diff(c.want, sorts(records)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, r := range records {
				got, err := table.Get(t.Context(), r.Key)
				if err != nil || !cmp.Equal(got, r) {
					t.Errorf("listed %v, but get returns %v, %v", r, got, err)
				}
			}
		})
	}
}

func testPages(t *testing.T, table store.Table) {
	var want []string
	for i := range 10 {
		c := store.Put(key("p", fmt.Sprintf("r#%d", i)), doc{"x"})
		if i%3 == 1 {
			c = c.Until(time.Now().Add(-time.Minute))
		} else {
			want = append(want, c.Key.Sort)
		}
		write(t, table, c)
	}
	write(t, table, store.Put(key("p", "a"), doc{"x"}), store.Put(key("p", "z"), doc{"x"}))
	for limit := range 12 {
		var got []string
		page := store.Page{Limit: limit}
		for range 20 {
			records, next, err := table.List(t.Context(), "p", "r#", page)
			if err != nil || limit > 0 && len(records) > limit {
				t.Fatalf("limit %d: %d records, %v", limit, len(records), err)
			}
			got = append(got, sorts(records)...)
			if page = next; next == (store.Page{}) {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: %q, want %q", limit, got, want)
		}
	}
	for after, want := range map[string][]string{ // any text, not only a key that was listed
		"r#8": {"r#9"}, "r#7.5": {"r#8", "r#9"}, "r#9": nil, "a": want, "0": want, "r": want, "s": nil, "zz": nil,
	} {
		records, err := from(t, table, store.Page{After: after})
		if err != nil || !slices.Equal(records, want) {
			t.Errorf("after %q: %q, %v; want %q", after, records, err, want)
		}
	}
}

func from(t *testing.T, table store.Table, page store.Page) (got []string, err error) {
	for range 20 {
		records, next, err := table.List(t.Context(), "p", "r#", page)
		if err != nil {
			return nil, err
		}
		got = append(got, sorts(records)...)
		if page = next; next == (store.Page{}) {
			break
		}
	}
	return got, nil
}

// testLargePages lists more than DynamoDB returns at once, 1 MB.
func testLargePages(t *testing.T, table store.Table) {
	value := strings.Repeat("x", 300<<10)
	for i := range 8 {
		write(t, table, store.Put(key("p", fmt.Sprint(i)), value))
	}
	_, next, err := table.List(t.Context(), "p", "", store.Page{})
	if err != nil || next == (store.Page{}) {
		t.Errorf("2.4 MB in one page: %v", err)
	}
	records, err := store.All(t.Context(), table, "p", "")
	if want := strings.Split("01234567", ""); err != nil || !slices.Equal(sorts(records), want) {
		t.Errorf("%q, %v; want %q", sorts(records), err, want)
	}
}
