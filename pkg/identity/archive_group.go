package identity

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// group writes a group that is there to stay. Its members say that they belong to it.
func (a *Archive) group(r store.Record, yield func(ArchiveLine) error) error {
	g, err := store.Decode[Group](r)
	if err != nil || g.Ending {
		return err
	}
	return yield(ArchiveLine{Kind: archiveGroup, ID: g.Name, Record: r.Value})
}

// restoreGroup holds a group to what AddGroup holds it to.
func (a *Archive) restoreGroup(ctx context.Context, line ArchiveLine) error {
	g, err := DecodeLine[Group](line)
	if err != nil {
		return err
	}
	if err := checkGroup(g); err != nil {
		return err
	}
	if g.Ending {
		return errors.New("the group was being deleted")
	}
	return a.Put(ctx, groupKey(g.Name), g, store.Put(groupKey(g.Name), g).IfAbsent())
}
