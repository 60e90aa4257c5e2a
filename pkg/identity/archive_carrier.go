package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Carrier takes the lasting records of another package along. Whoever adds a kind of
// record to the user table gives the archive one.
type Carrier struct {
	Kind string // of its lines; with a person, the beginning of the sort keys, before #

	// Complete makes a line of a record that lies with a person: ID and Record are what
	// lies there. What is sealed is taken out of Record and put into Clear. nil for kinds
	// that lie with nobody.
	Complete func(ctx context.Context, r store.Record, line *ArchiveLine) error

	// All yields the lines of records that lie with nobody. May be nil.
	All func(ctx context.Context, yield func(ArchiveLine) error) error

	// Restore holds a line to what the front doors hold its like to, and puts it where it
	// was, by Archive.Put. Where it has an owner, they are there.
	Restore func(ctx context.Context, a *Archive, line ArchiveLine) error
}

// others yields the lines of carriers whose records lie with nobody.
func (a *Archive) others(ctx context.Context, yield func(ArchiveLine) error) error {
	for _, c := range a.carriers {
		if c.All == nil {
			continue
		}
		if err := c.All(ctx, yield); err != nil {
			return fmt.Errorf("export %s: %w", c.Kind, err)
		}
	}
	return nil
}

// carried returns the line of a record that lies with a person, if a carrier knows it.
func (a *Archive) carried(ctx context.Context, r store.Record, kind, id, owner string) (line ArchiveLine, known bool, err error) {
	for _, c := range a.carriers {
		if c.Kind != kind || c.Complete == nil {
			continue
		}
		line = ArchiveLine{Kind: kind, Owner: owner, ID: id, Record: r.Value, Expires: r.Expires}
		return line, true, wrap("export "+kind, c.Complete(ctx, r, &line))
	}
	return ArchiveLine{}, false, nil
}

// restoreCarried restores the line of a carrier.
func (a *Archive) restoreCarried(ctx context.Context, line ArchiveLine) (known bool, err error) {
	for _, c := range a.carriers {
		if c.Kind != line.Kind {
			continue
		}
		if c.Complete != nil { // nothing lies in the partition of nobody
			if _, err := a.users.Get(ctx, line.Owner); err != nil {
				return true, err
			}
		}
		return true, c.Restore(ctx, a, line)
	}
	return false, nil
}

// restoreLinked has a person sign in by an identity again.
func (a *Archive) restoreLinked(ctx context.Context, line ArchiveLine) error {
	if _, err := a.users.Get(ctx, line.Owner); err != nil {
		return err
	}
	linked, err := DecodeLine[Linked](line)
	if err != nil {
		return err
	}
	if err := checkLinked(linked); err != nil {
		return err
	}
	if linked.ID() != line.ID {
		return errors.New("the ID is not that of the identity")
	}
	key := linkedKey(line.Owner, line.ID)
	return a.Put(ctx, key, linked, store.Put(key, linked).IfAbsent(),
		store.Put(linkedPersonKey(line.ID), linkedPerson{line.Owner}).IfAbsent())
}
