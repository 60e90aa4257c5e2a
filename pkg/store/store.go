// Package store answers "what do we remember?": records by key, behind one small
// port that DynamoDB and an embedded database both keep. Every race in the
// product (a code redeemed twice, a name taken twice, a refresh token rotated
// twice) is decided by Table.Write and nothing else.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Errors that every backend returns, possibly wrapped.
var (
	ErrNotFound = errors.New("store: no such record")
	ErrLimit    = errors.New("store: the counter is full")

	// ErrUnavailable means that the store could not answer, for now: throttled,
	// unreachable or out of time. Nothing is known of the write's outcome.
	ErrUnavailable = errors.New("store: unavailable")
)

// A Table keeps records by key. All or nothing; one winner.
type Table interface {
	// Get reads one record, strongly consistent. ErrNotFound when it is absent or
	// expired.
	Get(ctx context.Context, key Key) (Record, error)

	// List reads a partition's records whose sort key begins with prefix, in order
	// of the sort key, strongly consistent, without the expired ones. The returned
	// page goes on where this one ended; it is the zero Page after the last.
	// A page may hold fewer records than its limit, even none, and not be the last.
	List(ctx context.Context, partition, prefix string, page Page) ([]Record, Page, error)

	// Write applies every change or none. Of any number of concurrent writes against
	// one version exactly one gets a nil error; the others get a *Conflict holding
	// the record that stood in the way, so that the caller can tell a replay from a
	// typo. A write that the backend retried after its first attempt had in truth
	// succeeded returns nil.
	Write(ctx context.Context, changes ...Change) error

	// Count adds delta to the counter at key and returns the new count, which is also
	// the value of the record there: a key holds a counter or a record that was put,
	// and counting at the latter is an error that changes nothing. The window
	// opens with the first count and the counter starts anew when it has passed.
	// ErrLimit, with nothing added, when a positive delta would exceed limit.Max. A
	// negative delta gives back what was taken: it never goes below zero and never
	// opens a window. A count whose answer was lost may count twice, never zero times.
	Count(ctx context.Context, key Key, delta int, limit Limit) (int, error)
}

// Key is where a record lies. Both parts are non-empty UTF-8 within DynamoDB's
// bounds; at any other key there is nothing to read and nothing can be written.
type Key struct{ Partition, Sort string }

// Bounds of a key's parts, in bytes, which are DynamoDB's.
const (
	MaxPartitionBytes = 2048
	MaxSortBytes      = 1024
)

// Validate reports why no record can lie at the key. Text that is not UTF-8 would
// be mended on its way to DynamoDB, and two keys would become one.
func (k Key) Validate() error {
	switch {
	case k.Partition == "" || k.Sort == "":
		return errors.New("store: a key has an empty part")
	case len(k.Partition) > MaxPartitionBytes || len(k.Sort) > MaxSortBytes:
		return fmt.Errorf("store: a key of %d and %d bytes; %d and %d are possible",
			len(k.Partition), len(k.Sort), MaxPartitionBytes, MaxSortBytes)
	case !utf8.ValidString(k.Partition) || !utf8.ValidString(k.Sort):
		return errors.New("store: a key is not UTF-8")
	}
	return nil
}

// String names the kind of record, for errors, which end up in logs: what follows
// the # names a person, or what a stranger typed.
func (k Key) String() string {
	kind, _, named := strings.Cut(k.Partition, "#")
	if !named {
		return k.Partition + " / " + k.Sort
	}
	if sort, _, more := strings.Cut(k.Sort, "#"); more {
		return kind + "#... / " + sort + "#..."
	}
	return kind + "#... / ..."
}

// Record is what lies at a key.
type Record struct {
	Key     Key
	Value   []byte    // JSON
	Version string    // another one after every write, never used again
	Expires time.Time // whole seconds; zero: never
}

// Page says how much to list and where to begin. The zero Page is the start,
// with the backend's own limit.
type Page struct {
	Limit int    // at most so many records; 0: as many as fit
	After string // the sort key after which to begin
}

// Limit bounds a counter.
type Limit struct {
	Max    int           // 0: unbounded
	Window time.Duration // 0: the counter never expires
}

// Decode reads a record's value.
func Decode[T any](r Record) (T, error) {
	var v T
	if err := json.Unmarshal(r.Value, &v); err != nil {
		return v, fmt.Errorf("store: record %s: %w", r.Key, err)
	}
	return v, nil
}

// Load gets and decodes one record, and returns its version beside it.
func Load[T any](ctx context.Context, t Table, key Key) (T, string, error) {
	r, err := t.Get(ctx, key)
	if err != nil {
		var zero T
		return zero, "", err
	}
	v, err := Decode[T](r)
	return v, r.Version, err
}

// All lists a whole prefix, page after page.
func All(ctx context.Context, t Table, partition, prefix string) ([]Record, error) {
	var all []Record
	for page := (Page{}); ; {
		records, next, err := t.List(ctx, partition, prefix, page)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
		if next == (Page{}) {
			return all, nil
		}
		page = next
	}
}
