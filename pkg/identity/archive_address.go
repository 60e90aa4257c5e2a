package identity

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// user is the line of a person's own record.
func (a *Archive) user(ctx context.Context, r store.Record) (ArchiveLine, error) {
	kept, err := store.Decode[userRecord](r)
	if err != nil {
		return ArchiveLine{}, err
	}
	line := ArchiveLine{Kind: archiveUser, ID: kept.ID, Record: r.Value}
	if address := kept.address(); address != "" {
		owner, _, err := a.users.owner(ctx, address)
		if err != nil {
			return ArchiveLine{}, err
		}
		line.ByUsername = owner != "" && owner != kept.ID
	}
	return line, nil
}

// putUser puts a person where there is none. Of two who confirmed one address the one who
// was found by it before is found by it here, whoever comes first.
func (a *Archive) putUser(ctx context.Context, kept userRecord, byUsername bool) (err error) {
	for range 2 {
		var found, joining []store.Change
		if joining, err = a.users.enrolled(ctx, kept.ID, nil, kept.Groups); err != nil {
			return err
		}
		if !byUsername {
			if found, err = a.users.readdressed(ctx, kept.ID, "", kept.address()); err != nil {
				return err
			}
		}
		err = a.Put(ctx, userKey(kept.ID), kept, append(append(joining, found...),
			store.Put(userKey(kept.ID), kept).IfAbsent(),
			store.Put(a.users.names.key(kept.Username), nameRecord{kept.ID}).IfAbsent(),
			store.Check(clientKey(kept.ID)).IfAbsent())...) // as in Users.Add
		if len(found) == 0 || !errors.Is(err, ErrTaken) { // else somebody else may have the address by now
			return err
		}
	}
	return err
}
