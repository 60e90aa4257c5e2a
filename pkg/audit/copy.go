package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"
)

// settled is how old an event is before a copy takes it: an event's time is that of
// Record, its write may take writeTime, and clocks differ.
const settled = 2 * writeTime

// Oldest yields the events of the timeline after a place and before a time, the oldest
// first.
func (t *Trail) Oldest(ctx context.Context, after Cursor, until time.Time) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if t == nil || t.table == nil {
			yield(Event{}, ErrNoTable)
			return
		}
		from := after.Time.UTC()
		if earliest := t.now().Add(-min(cmp.Or(t.retention, longestMemory), longestMemory)); from.Before(earliest) {
			from = earliest.UTC()
		}
		for day := from.Truncate(24 * time.Hour); day.Before(until); day = day.AddDate(0, 0, 1) {
			for e, err := range decoded(merged(ctx, t.table, timelineOf(day), "", after.String())) {
				if err == nil && !e.Time.Before(until) {
					return
				}
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// Copy appends the trail to a file, a line of JSON an event, in the order of time. The
// file itself says how far it has come, so that any number of breaks loses nothing and
// doubles nothing.
type Copy struct {
	trail *Trail
	path  string
	after Cursor
}

// OpenCopy goes on with the copy in the file, or begins one, of events since. A line that
// was not written to its end is cut off.
func (t *Trail) OpenCopy(path string, since time.Time) (*Copy, error) {
	last, err := lastEvent(path)
	if err != nil {
		return nil, err
	}
	after := at(last)
	if after.Time.IsZero() && !since.IsZero() {
		after = Cursor{Time: since.Add(-time.Microsecond)}
	}
	return &Copy{trail: t, path: path, after: after}, nil
}

// Next appends what has happened since, and says how many events those are. each, which
// may be nil, hears of every one.
func (c *Copy) Next(ctx context.Context, each func(Event)) (n int, err error) {
	var lines appending
	after, until := c.after, c.trail.now().Add(-settled)
	for e, failed := range c.trail.Oldest(ctx, c.after, until) {
		if err = failed; err == nil {
			err = lines.add(c.path, e)
		}
		if err != nil {
			break
		}
		if each != nil {
			each(e)
		}
		after, n = at(e), n+1
	}
	if written := lines.close(); written != nil {
		return 0, errors.Join(err, written) // the next Copy reads from the file how far this one came
	}
	c.after = after
	if err == nil && c.after.Time.Before(until) {
		c.after = Cursor{Time: until.Add(-time.Microsecond)} // nothing older can come any more
	}
	return n, err
}

// appending is a file that is opened when there is something to append.
type appending struct {
	file    *os.File
	w       *bufio.Writer
	encoder *json.Encoder
}

func (a *appending) add(path string, e Event) (err error) {
	if a.file == nil {
		if a.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
			return err
		}
		a.w = bufio.NewWriter(a.file)
		a.encoder = json.NewEncoder(a.w)
		a.encoder.SetEscapeHTML(false)
	}
	return a.encoder.Encode(e)
}

func (a *appending) close() error {
	if a.file == nil {
		return nil
	}
	return errors.Join(a.w.Flush(), a.file.Sync(), a.file.Close())
}

// lastEvent reads the last whole line of a copy; the zero Event where there is none.
func lastEvent(path string) (Event, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return Event{}, nil
	}
	if err != nil {
		return Event{}, err
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return Event{}, err
	}
	const tail = 64 << 10 // an event is smaller by far
	end := make([]byte, min(size, tail))
	if _, err := file.ReadAt(end, size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return Event{}, err
	}
	whole := bytes.LastIndexByte(end, '\n') + 1
	if whole == 0 && size > 0 {
		return Event{}, fmt.Errorf("%s is no copy of the audit trail", path)
	}
	if whole == 0 {
		return Event{}, nil
	}
	line := end[:whole-1]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	var e Event
	if err := json.Unmarshal(line, &e); err != nil || e.ID == "" {
		return Event{}, fmt.Errorf("%s is no copy of the audit trail", path)
	}
	if err := file.Truncate(size - int64(len(end)-whole)); err != nil {
		return Event{}, err
	}
	return e, nil
}
