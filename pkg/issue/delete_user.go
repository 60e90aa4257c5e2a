package issue

import (
	"context"
	"errors"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// DisableUser keeps a person out whose record is at this version, or at any where that
// is empty, and ends all that they are signed in to. Of any number who do so at one
// version one does; the others get identity.ErrVersion.
func (i *Issuer) DisableUser(ctx context.Context, userID, version string) error {
	_, err := i.users.UpdateAt(ctx, userID, version, func(user *identity.User) error {
		user.Disabled = true
		return nil
	})
	if err != nil {
		return err
	}
	return i.EndAll(ctx, userID)
}

// DeleteUser deletes a person for good, with all that they are signed in to and all that
// lies with them. First they are kept out and marked, from when on nothing new of theirs
// can begin, and who has lost the race has changed nothing; their own record goes last. So
// where it breaks off, be it by an outage or because there is too much for one run, they can
// do nothing, are found, and it can be done again, here or by FinishDeletions.
func (i *Issuer) DeleteUser(ctx context.Context, userID, version string) error {
	if err := i.users.BeginDeletion(ctx, userID, version); err != nil {
		return err
	}
	return i.finishDeletion(ctx, userID)
}

func (i *Issuer) finishDeletion(ctx context.Context, userID string) error {
	for _, step := range []func(context.Context, string) error{
		i.EndAll,
		i.forget,
		i.EndAll, // a session that was about to begin when they were marked
		i.users.Delete,
	} {
		if err := step(ctx, userID); err != nil && !errors.Is(err, store.ErrNotFound) { // another has finished it
			return err
		}
	}
	return nil
}

// unattended is how long nobody has gone on with a deletion that has broken off. It is
// longer than any function runs.
const unattended = 15 * time.Minute

// FinishDeletions finishes the deletions that have broken off, and returns of whom.
func (i *Issuer) FinishDeletions(ctx context.Context) (finished []string, err error) {
	ids, err := i.users.Leaving(ctx, i.now().Add(-unattended))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := i.finishDeletion(ctx, id); err != nil {
			return finished, err
		}
		finished = append(finished, id)
	}
	return finished, nil
}
