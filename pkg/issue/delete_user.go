package issue

import (
	"context"
	"errors"
	"math/rand/v2"
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

// UnfinishedDeletions returns the subs of those whose deletion has broken off.
func (i *Issuer) UnfinishedDeletions(ctx context.Context) ([]string, error) {
	return i.users.Leaving(ctx, i.now().Add(-unattended))
}

// failuresBorne is how many deletions may fail again before a run gives up: more than that
// are an outage.
const failuresBorne = 3

// FinishDeletions finishes deletions that have broken off, so many at most, or all where
// that is 0, and returns of whom. They come in no order, so that one which cannot be
// finished keeps no other from it for ever. When ctx ends, what was not begun is left to
// the next run.
func (i *Issuer) FinishDeletions(ctx context.Context, most int) (finished []string, err error) {
	if ctx.Err() != nil {
		return nil, nil
	}
	ids, err := i.UnfinishedDeletions(ctx)
	if err != nil {
		return nil, err
	}
	rand.Shuffle(len(ids), func(a, b int) { ids[a], ids[b] = ids[b], ids[a] })
	if most > 0 {
		ids = ids[:min(len(ids), most)]
	}
	var failures []error
	for _, id := range ids {
		if ctx.Err() != nil || len(failures) == failuresBorne {
			break
		}
		if err := i.finishDeletion(ctx, id); err != nil {
			failures = append(failures, err)
			continue
		}
		finished = append(finished, id)
	}
	return finished, errors.Join(failures...)
}
