package audit

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Query says which events are asked for: those that have all that is given. By an
// address are found those who signed in from there, or tried. Without a person, a client
// or an address it is the timeline that is read.
type Query struct {
	Subject, Client, Address string
	Kinds                    []Kind // any of them; none: all
	Since, Until             time.Time
	Limit                    int    // 0: 50
	After                    Cursor // where the page before ended
}

// Bounds of a query.
const (
	defaultLimit = 50
	maxLimit     = 1000

	// defaultSpan is how far back the timeline is read that no Since bounds.
	defaultSpan = 30 * 24 * time.Hour

	// longestMemory bounds a trail that is kept for ever.
	longestMemory = 10 * 365 * 24 * time.Hour
)

// ErrNoTable means that events are in the log alone.
var ErrNoTable = errors.New("audit: there is no table of events: AUDIT_TABLE, docs/audit.md")

// Search returns a page of events, the newest first, and where the next page begins: the
// zero Cursor after the last.
func (t *Trail) Search(ctx context.Context, q Query) ([]Event, Cursor, error) {
	if t == nil || t.table == nil {
		return nil, Cursor{}, ErrNoTable
	}
	q = t.bounded(q)
	found := []Event{}
	for e, err := range t.newest(ctx, q) {
		switch {
		case err != nil:
			return nil, Cursor{}, err
		case e.Time.Before(q.Since):
			return found, Cursor{}, nil
		case !q.Matches(e):
			continue
		case len(found) == q.Limit:
			return found, at(found[len(found)-1]), nil
		}
		found = append(found, e)
	}
	return found, Cursor{}, nil
}

func (t *Trail) bounded(q Query) Query {
	now := t.now()
	q.Limit = min(cmp.Or(max(q.Limit, 0), defaultLimit), maxLimit)
	span := cmp.Or(t.retention, longestMemory)
	if q.Subject == "" && q.Client == "" && q.Address == "" && q.Since.IsZero() {
		span = defaultSpan
	}
	if earliest := now.Add(-span); q.Since.Before(earliest) {
		q.Since = earliest
	}
	if q.Until.IsZero() || q.Until.After(now) {
		q.Until = now.Add(time.Minute) // clocks differ
	}
	if q.After.Time.IsZero() || q.After.Time.After(q.Until) {
		q.After = Cursor{Time: q.Until}
	}
	return q
}

// Matches reports whether the event has all that the query gives, but for Since.
func (q Query) Matches(e Event) bool {
	return (q.Subject == "" || e.Subject == q.Subject) && (q.Client == "" || e.Client == q.Client) &&
		(q.Address == "" || e.Address != "" && inbound.Network(e.Address) == inbound.Network(q.Address)) &&
		(len(q.Kinds) == 0 || slices.Contains(q.Kinds, e.Kind)) &&
		(q.Until.IsZero() || !e.Time.After(q.Until))
}

// newest yields events of the view that suits the query best, the newest first.
func (t *Trail) newest(ctx context.Context, q Query) iter.Seq2[Event, error] {
	switch {
	case q.Subject != "":
		return decoded(merged(ctx, t.table, []string{personPartition(q.Subject)}, "", q.After.newestKey()))
	case q.Client != "":
		return t.newestOfClient(ctx, q)
	case q.Address != "":
		return decoded(merged(ctx, t.table, []string{addressPartition(q.Address)}, "", q.After.newestKey()))
	default:
		return t.newestOfAll(ctx, q)
	}
}

// newestOfClient goes back month by month.
func (t *Trail) newestOfClient(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for month := startOfMonth(q.After.Time); !month.Before(startOfMonth(q.Since)); month = month.AddDate(0, -1, 0) {
			partitions := make([]string, clientShards)
			for shard := range partitions {
				partitions[shard] = clientPartition(q.Client, month, shard)
			}
			for e, err := range decoded(merged(ctx, t.table, partitions, "", q.After.newestKey())) {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// newestOfAll goes back hour by hour, over days without an event at once.
func (t *Trail) newestOfAll(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for day := q.After.Time.UTC().Truncate(24 * time.Hour); !day.Before(q.Since.UTC().Truncate(24 * time.Hour)); day = day.AddDate(0, 0, -1) {
			busy, err := t.busy(ctx, day)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for hour := 23; busy && hour >= 0; hour-- {
				if !t.hour(ctx, day.Add(time.Duration(hour)*time.Hour), q, yield) {
					return
				}
			}
		}
	}
}

// hour yields the events of an hour, the newest first, and reports whether to go on.
func (t *Trail) hour(ctx context.Context, hour time.Time, q Query, yield func(Event, error) bool) bool {
	if hour.After(q.After.Time) || hour.Add(time.Hour).Before(q.Since) {
		return true
	}
	var events []Event
	for e, err := range decoded(merged(ctx, t.table, timelineOf(hour), hour.Format("2006-01-02T15:"), "")) {
		if err != nil {
			yield(Event{}, err)
			return false
		}
		if q.After.ID == "" || at(e).String() < q.After.String() {
			events = append(events, e)
		}
	}
	for _, e := range slices.Backward(events) {
		if !yield(e, nil) {
			return false
		}
	}
	return true
}

// busy reports whether anything happened on the day.
func (t *Trail) busy(ctx context.Context, day time.Time) (bool, error) {
	for _, err := range merged(ctx, t.table, timelineOf(day), "", "") {
		return true, err
	}
	return false, nil
}

func timelineOf(day time.Time) []string {
	partitions := make([]string, timelineShards)
	for shard := range partitions {
		partitions[shard] = timelinePartition(day, shard)
	}
	return partitions
}

func startOfMonth(t time.Time) time.Time {
	year, month, _ := t.UTC().Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// decoded reads the records.
func decoded(records iter.Seq2[store.Record, error]) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for record, err := range records {
			var e Event
			if err == nil {
				e, err = store.Decode[Event](record)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
