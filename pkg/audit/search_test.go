package audit_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// past is a trail with events of forty days: one of alice's every six hours, every fourth of them
// at the client app, and one at nobody every day.
func past(t testing.TB) (*audit.Trail, []audit.Event) {
	t.Helper()
	tr := audit.New(table(t), slog.New(slog.DiscardHandler), audit.Options{Retention: 365 * 24 * time.Hour})
	ctx := audit.WithOrigin(t.Context(), audit.Origin{Address: "2001:db8::1"})
	for n := range 40 * 4 {
		e := audit.Event{Kind: audit.UserChanged, Subject: "alice", Object: fmt.Sprint(n)}
		if n%4 == 0 {
			e.Kind, e.Client = audit.ConsentGiven, "app"
		}
		tr.Record(ctx, e)
		if n%4 == 1 {
			tr.Record(ctx, audit.Event{Kind: audit.SignInFailed, Outcome: audit.Refused, Object: fmt.Sprint(n)})
		}
		time.Sleep(6 * time.Hour)
	}
	var all []audit.Event
	for e, err := range tr.Oldest(t.Context(), audit.Cursor{}, time.Now()) {
		must(t, err)
		all = append(all, e)
	}
	return tr, all
}

// search pages through all that a query finds.
func search(t testing.TB, tr *audit.Trail, q audit.Query) (found []string) {
	t.Helper()
	for {
		events, next, err := tr.Search(t.Context(), q)
		must(t, err)
		for _, e := range events {
			found = append(found, e.ID)
		}
		if next == (audit.Cursor{}) {
			return found
		}
		if q.After, err = audit.ParseCursor(next.String()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEventsAreFoundByPersonClientAddressAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr, all := past(t)
		if len(all) != 40*5 || !slices.IsSortedFunc(all, func(a, b audit.Event) int { return a.Time.Compare(b.Time) }) {
			t.Fatalf("got %d events", len(all))
		}
		week := time.Now().Add(-7 * 24 * time.Hour)
		for name, c := range map[string]struct {
			query audit.Query
			want  func(audit.Event) bool
		}{
			"a person":                    {audit.Query{Subject: "alice"}, func(e audit.Event) bool { return e.Subject == "alice" }},
			"a person, a page of one":     {audit.Query{Subject: "alice", Limit: 1, Since: week}, func(e audit.Event) bool { return e.Subject == "alice" && !e.Time.Before(week) }},
			"a person of a while":         {audit.Query{Subject: "alice", Until: week}, func(e audit.Event) bool { return e.Subject == "alice" && !e.Time.After(week) }},
			"a person at a client":        {audit.Query{Subject: "alice", Client: "app"}, func(e audit.Event) bool { return e.Client == "app" }},
			"a client, over months":       {audit.Query{Client: "app", Limit: 7}, func(e audit.Event) bool { return e.Client == "app" }},
			"another of the same network": {audit.Query{Address: "2001:db8::2"}, func(e audit.Event) bool { return e.Kind == audit.SignInFailed }},
			"another network":             {audit.Query{Address: "2001:db8:0:1::2"}, func(audit.Event) bool { return false }},
			"the last month, if none is said": {audit.Query{}, func(e audit.Event) bool {
				return !e.Time.Before(time.Now().Add(-30 * 24 * time.Hour))
			}},
			"all of a week":       {audit.Query{Since: week, Limit: 11}, func(e audit.Event) bool { return !e.Time.Before(week) }},
			"a kind of a week":    {audit.Query{Since: week, Kinds: []audit.Kind{audit.SignInFailed}}, func(e audit.Event) bool { return e.Kind == audit.SignInFailed && !e.Time.Before(week) }},
			"nobody has the name": {audit.Query{Subject: "bob"}, func(audit.Event) bool { return false }},
			"a network is no person": {
				audit.Query{Subject: "nobody 2001:db8::/64"},
				func(audit.Event) bool { return false },
			},
		} {
			var want []string
			for _, e := range slices.Backward(all) {
				if c.want(e) {
					want = append(want, e.ID)
				}
			}
			if diff := cmp.Diff(want, search(t, tr, c.query)); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	})
}

func TestEventsGoWhenTheirTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr, events, _ := trail(t)
		tr.Record(t.Context(), audit.Event{Kind: audit.UserCreated, Subject: "alice"})
		records, err := store.All(t.Context(), events, "person#alice", "")
		must(t, err)
		if len(records) != 1 || !records[0].Expires.Equal(time.Now().Add(24*time.Hour)) {
			t.Errorf("the table does not forget: %+v", records)
		}
		time.Sleep(23 * time.Hour)
		if got := search(t, tr, audit.Query{Subject: "alice"}); len(got) != 1 {
			t.Errorf("before: got %d", len(got))
		}
		time.Sleep(2 * time.Hour)
		if got := search(t, tr, audit.Query{Subject: "alice"}); len(got) != 0 {
			t.Errorf("after: got %d", len(got))
		}
	})
}

func TestACursorIsWhatStringWrote(t *testing.T) {
	for text, good := range map[string]bool{
		"": true, "2026-11-23T17:00:00.000001Z#ABC": true, "2026-11-23T17:00:00.000001Z": true,
		"yesterday": false, "2026-11-23": false, "#": false,
	} {
		if _, err := audit.ParseCursor(text); (err == nil) != good {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// Whatever was refused to whoever came from somewhere is found by where that was: a wrong
// code no less than a wrong password.
func TestRefusalsAreFoundByAddress(t *testing.T) {
	tr := audit.New(table(t), slog.New(slog.DiscardHandler), audit.Options{})
	ctx := audit.WithOrigin(t.Context(), audit.Origin{Address: "192.0.2.7"})
	for _, kind := range []audit.Kind{
		audit.SignInFailed, audit.SignInDelayed, audit.SignInLocked, audit.ClientLocked, audit.PasswordResetAsked,
		audit.FactorRefused, audit.IdentityRefused, audit.AdministrationRefused,
	} {
		tr.Record(ctx, audit.Event{Kind: kind, Outcome: audit.Refused, Subject: "alice", Client: "app"})
		if found := search(t, tr, audit.Query{Address: "192.0.2.7", Kinds: []audit.Kind{kind}}); len(found) != 1 {
			t.Errorf("%s: got %v", kind, found)
		}
	}
}

// What is done follows what announces it within a millisecond, and is read so in every view.
func TestEventsOfOneMillisecondStandInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr, _, _ := trail(t)
		ctx := audit.WithOrigin(t.Context(), audit.Origin{Address: "192.0.2.7"})
		var want []string
		for n := range 20 {
			want = append(want, fmt.Sprint(n))
			tr.Record(ctx, audit.Event{Kind: audit.SignInSucceeded, Subject: "alice", Client: "app", Object: fmt.Sprint(n)})
			time.Sleep(time.Microsecond)
		}
		slices.Reverse(want) // the newest first
		for name, q := range map[string]audit.Query{
			"a person": {Subject: "alice"}, "a client": {Client: "app"}, "an address": {Address: "192.0.2.7"}, "all": {Limit: 20},
			"a person, page by page": {Subject: "alice", Limit: 3}, "all, page by page": {Limit: 3},
		} {
			var got []string
			for len(got) < len(want) {
				events, next, err := tr.Search(t.Context(), q)
				must(t, err)
				for _, e := range events {
					got = append(got, e.Object)
				}
				if q.After = next; next == (audit.Cursor{}) {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %v", name, got)
			}
		}
	})
}
