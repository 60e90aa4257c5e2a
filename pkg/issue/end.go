package issue

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ending is what ends a grant: its record goes, and whoever asks the status lists
// learns that its tokens are no more. Nothing else deletes a grant.
//
// The bits come last. When there are more changes than one write can hold, what
// comes last is written first, and a grant that is gone has its bits set.
func (i *Issuer) ending(key store.Key, f family) []store.Change {
	changes := []store.Change{store.Delete(key).IfVersion(f.version)}
	for _, index := range []statusIndex{f.Status.Index, f.Status.Former} {
		if index != 0 {
			changes = append(changes, i.revoked(index, 1))
		}
	}
	return changes
}

// endFamily ends the grant of a record that was read. When it was refreshed
// meanwhile it may have moved on to another index, so it is ended as it then is.
// Why it ended is recorded by whoever ended it, and by nobody who comes later: replays
// would fill the trail without end.
func (i *Issuer) endFamily(ctx context.Context, key store.Key, f family, why ...audit.Event) error {
	for {
		err := i.state.Write(ctx, i.ending(key, f)...)
		var conflict *store.Conflict
		if !errors.As(err, &conflict) {
			if err == nil {
				for _, event := range why {
					i.trail.Record(ctx, event)
				}
				i.recordGrantEnded(ctx, key, f)
			}
			return err
		}
		if !conflict.Found() {
			return nil // it has ended
		}
		if f, err = decodeFamily(conflict.Record); err != nil {
			return err
		}
	}
}

// endGrant ends a grant, if there is one.
func (i *Issuer) endGrant(ctx context.Context, key store.Key, why ...audit.Event) error {
	record, err := i.state.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	f, err := decodeFamily(record)
	if err != nil {
		return err
	}
	return i.endFamily(ctx, key, f, why...)
}

// grantRecord is a grant and where it lies.
type grantRecord struct {
	family
	key store.Key
}

// grantsOf lists the person's grants of which the rule is true.
func (i *Issuer) grantsOf(ctx context.Context, userID string, rule func(family) bool) ([]grantRecord, error) {
	all := grantKey(userID, "")
	records, err := store.All(ctx, i.state, all.Partition, all.Sort)
	if err != nil {
		return nil, err
	}
	var found []grantRecord
	for _, record := range records {
		f, err := decodeFamily(record)
		if err != nil {
			return nil, err
		}
		if rule(f) {
			found = append(found, grantRecord{f, record.Key})
		}
	}
	return found, nil
}

// atOnce bounds how many reads or writes a walk has under way.
const atOnce = 8

// endGrants ends the person's grants of which the rule is true, to be called when what
// they stand on has ended. It can be broken off and done again: what has ended is not
// found any more.
func (i *Issuer) endGrants(ctx context.Context, userID string, rule func(family) bool) error {
	if err := i.mark(ctx, userID); err != nil {
		return err
	}
	found, err := i.grantsOf(ctx, userID, rule)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, grant := range found {
		group.Go(func() error { return i.endFamily(ctx, grant.key, grant.family) })
	}
	return group.Wait()
}

// DeleteClient deletes a client and ends at the gates all tokens that it was given,
// for whomever. They end first, so that it can be done again when it breaks off, and
// once more for those given in between.
func (i *Issuer) DeleteClient(ctx context.Context, clientID string) error {
	return i.DeleteClientAt(ctx, clientID, "")
}

// DeleteClientAt is DeleteClient of the record at a version, or at any where that is
// empty: the error is identity.ErrVersion, and nothing has ended, when it is at another.
func (i *Issuer) DeleteClientAt(ctx context.Context, clientID, version string) error {
	if version != "" {
		_, now, err := i.clients.GetAt(ctx, clientID)
		if err != nil {
			return err
		}
		if now != version {
			return identity.ErrVersion
		}
	}
	if err := i.endClient(ctx, clientID); err != nil {
		return err
	}
	deleted := i.clients.DeleteAt(ctx, clientID, version)
	if deleted != nil && !errors.Is(deleted, store.ErrNotFound) {
		return deleted
	}
	if err := i.endClient(ctx, clientID); err != nil {
		return err
	}
	return deleted
}

// endClient revokes every block of indexes that the client owns.
func (i *Issuer) endClient(ctx context.Context, clientID string) error {
	partition := blockKey(clientID, 0).Partition
	records, err := store.All(ctx, i.state, partition, blockPrefix)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, record := range records {
		group.Go(func() error {
			first, err := strconv.ParseInt(strings.TrimPrefix(record.Key.Sort, blockPrefix), 10, 64)
			if err != nil {
				return err
			}
			return i.state.Write(ctx, i.revoked(statusIndex(first), blockSize), store.Delete(record.Key))
		})
	}
	return group.Wait()
}
