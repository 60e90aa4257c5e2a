package audit

import (
	"errors"
	"strings"
	"time"
)

// Cursor is an event's place in time, between those before and those after it. The zero
// Cursor is before all.
type Cursor struct {
	Time time.Time
	ID   string
}

// at returns the event's place.
func at(e Event) Cursor { return Cursor{e.Time, e.ID} }

// String is the place as text, for whoever goes on later; "" for the zero Cursor.
func (c Cursor) String() string {
	if c.Time.IsZero() {
		return ""
	}
	return c.Time.UTC().Format(sortTime) + "#" + c.ID
}

// ParseCursor reads what String wrote.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	at, id, _ := strings.Cut(s, "#")
	t, err := time.Parse(sortTime, at)
	if err != nil || len(s) > 64 {
		return Cursor{}, errors.New("audit: this is no place of an event")
	}
	return Cursor{t, id}, nil
}

// newestKey is the place as a sort key of a view whose newest events come first.
func (c Cursor) newestKey() string { return reversed(c.Time) + "#" + c.ID }
