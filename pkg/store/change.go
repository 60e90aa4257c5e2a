package store

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// Op is what a change does.
type Op int

// The operations of a Change.
const (
	OpPut Op = iota + 1
	OpDelete
	OpCheck
)

// Condition is what must hold before a change is applied.
type Condition int

// The conditions of a Change.
const (
	Always    Condition = iota
	IfAbsent            // no record, or an expired one
	IfVersion           // the record is there, not expired, at this version
)

// Change is one part of a Write. Its sources are Put, Delete and Check.
type Change struct {
	Op        Op
	Key       Key
	Value     []byte // of a put
	Expires   time.Time
	Condition Condition
	Version   string // under IfVersion

	err error
}

// Put stores value as JSON.
func Put(key Key, value any) Change {
	encoded, err := json.Marshal(value)
	return Change{Op: OpPut, Key: key, Value: encoded, err: err}
}

// Delete removes a record; without a condition, an absent one too.
func Delete(key Key) Change { return Change{Op: OpDelete, Key: key} }

// Check changes nothing; its condition must hold for the others to apply.
func Check(key Key) Change { return Change{Op: OpCheck, Key: key} }

// Until makes a put record expire at t, which is rounded up to a whole second.
func (c Change) Until(t time.Time) Change {
	if whole := t.Truncate(time.Second); whole.Equal(t) {
		c.Expires = whole
	} else {
		c.Expires = whole.Add(time.Second)
	}
	return c
}

// IfAbsent demands that there is no record, or an expired one.
func (c Change) IfAbsent() Change {
	c.Condition = IfAbsent
	return c
}

// IfVersion demands that the record is there, not expired, and at this version.
func (c Change) IfVersion(version string) Change {
	c.Condition, c.Version = IfVersion, version
	return c
}

// Conflict says that a Write was refused because a condition did not hold.
type Conflict struct {
	Key    Key
	Record Record // what stood in the way; the zero Record when there is none
}

// Error names the key.
func (c *Conflict) Error() string { return "store: conflict at " + c.Key.String() }

// Found reports whether a record stands at the key. One that has expired, and
// deletion by somebody else, leave none.
func (c *Conflict) Found() bool { return c.Record.Version != "" }

// Bounds of one write, which are DynamoDB's.
const (
	MaxChanges    = 100
	MaxWriteBytes = 4 << 20
	MaxValueBytes = 380 << 10 // an item may have 400 kB, keys and names included

	itemOverhead = 128 // attribute names, version, expiry
)

// Validate reports the mistake in a Write's changes that no backend accepts: none
// or too many, too large, two on one key, an impossible key, or a value that JSON
// cannot hold. Every backend calls it first, so that all refuse the same.
func Validate(changes []Change) error {
	if len(changes) == 0 || len(changes) > MaxChanges {
		return fmt.Errorf("store: %d changes in one write; 1 to %d are possible", len(changes), MaxChanges)
	}
	seen := make(map[Key]bool, len(changes))
	total := 0
	for _, c := range changes {
		if err := c.Key.Validate(); err != nil {
			return err
		}
		switch {
		case c.err != nil:
			return fmt.Errorf("store: value of %s: %w", c.Key, c.err)
		case seen[c.Key]:
			return fmt.Errorf("store: two changes of %s in one write", c.Key)
		case c.Condition == IfVersion && c.Version == "":
			return fmt.Errorf("store: no version to compare for %s", c.Key)
		case c.Op == OpCheck && c.Condition == Always:
			return fmt.Errorf("store: a check of %s without a condition", c.Key)
		case len(c.Value) > MaxValueBytes:
			return fmt.Errorf("store: value of %s has %d bytes; %d are possible", c.Key, len(c.Value), MaxValueBytes)
		case !utf8.Valid(c.Value):
			return fmt.Errorf("store: value of %s is not UTF-8", c.Key)
		}
		seen[c.Key] = true
		total += len(c.Value) + len(c.Key.Partition) + len(c.Key.Sort) + itemOverhead
	}
	if total > MaxWriteBytes {
		return fmt.Errorf("store: a write of %d bytes; %d are possible", total, MaxWriteBytes)
	}
	return nil
}
