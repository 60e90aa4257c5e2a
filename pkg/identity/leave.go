package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A person is deleted in two steps. The first keeps them out and marks them, from when on
// nothing can be written that lies with them; the second takes their record away, last of
// all. What breaks off between leaves somebody who can do nothing, and who is listed here,
// so that it can be done again.

// leaving is what lies at leavingKey.
type leaving struct {
	UserID string    `json:"sub"`
	Since  time.Time `json:"since"`
}

const leavingPartition = "leaving"

func leavingKey(id string) store.Key { return store.Key{Partition: leavingPartition, Sort: id} }

// BeginDeletion keeps a person out for good whose record is at this version, or at any
// where that is empty. Of any number who do so at one version one does; the others get
// ErrVersion. Who is leaving already stays so.
func (u *Users) BeginDeletion(ctx context.Context, id, version string) error {
	for {
		kept, standing, err := store.Load[userRecord](ctx, u.users, userKey(id))
		if err != nil {
			return fmt.Errorf("load user: %w", err)
		}
		if err := sameVersion(version, standing); err != nil || kept.Leaving {
			return err
		}
		was := snapshotOf(kept.User)
		kept.Leaving, kept.Disabled, kept.UpdatedAt = true, true, u.now().Unix()
		kept.Epoch++
		err = u.users.Write(ctx, store.Put(userKey(id), kept).IfVersion(standing), store.Put(leavingKey(id), leaving{id, u.now().UTC()}))
		if err == nil && !was.disabled {
			u.trail.Record(ctx, audit.Event{Kind: audit.UserDisabled, Subject: id})
		}
		if !outrun(err, userKey(id)) {
			return wrap("begin deletion", err)
		}
	}
}

// Leaving returns the subs of those whose deletion began before this time and has not been
// finished.
func (u *Users) Leaving(ctx context.Context, before time.Time) ([]string, error) {
	records, err := store.All(ctx, u.users, leavingPartition, "")
	if err != nil {
		return nil, fmt.Errorf("list unfinished deletions: %w", err)
	}
	var ids []string
	for _, record := range records {
		one, err := store.Decode[leaving](record)
		if err != nil {
			return nil, err
		}
		if one.Since.Before(before) {
			ids = append(ids, one.UserID)
		}
	}
	return ids, nil
}

// staysLeft refuses to have somebody back who is being deleted: part of what was theirs may
// be gone already.
func staysLeft(was bool, now *userRecord) error {
	now.Leaving = was
	if was && !now.Disabled {
		return oauth.InvalidRequest.Errorf("the account is being deleted: %w", ErrMoved)
	}
	return nil
}
