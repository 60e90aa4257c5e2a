package issue

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Whoever ends a consent, a session or all that a person has ends that first, then
// writes the person's mark, and then ends the grants that they find. A grant is opened
// on condition that the mark is the one from before it was looked whether all stands.
// So either the grant is found, or the write that would open it fails.

// markLifetime is longer than anybody takes between looking and opening.
const markLifetime = time.Hour

func markKey(userID string) store.Key {
	return store.Key{Partition: identity.Partition(userID), Sort: "ended"}
}

// mark notes that something of the person's has ended.
func (i *Issuer) mark(ctx context.Context, userID string) error {
	return i.state.Write(ctx, store.Put(markKey(userID), struct{}{}).Until(i.now().Add(markLifetime)))
}

// unmarked returns the condition that nothing more of the person's has ended.
func (i *Issuer) unmarked(ctx context.Context, userID string) (store.Change, error) {
	check := store.Check(markKey(userID))
	record, err := i.state.Get(ctx, check.Key)
	if errors.Is(err, store.ErrNotFound) {
		return check.IfAbsent(), nil
	}
	return check.IfVersion(record.Version), err
}

// open writes the changes that open the approval's grant, if what it stands on still
// does. Whatever fails, an outage too, has opened nothing.
func (i *Issuer) open(ctx context.Context, a Approval, changes ...store.Change) error {
	for {
		unmarked, err := i.unmarked(ctx, a.User.ID)
		if err != nil {
			return err
		}
		if err := i.stands(ctx, a); err != nil {
			return err
		}
		err = i.state.Write(ctx, append(changes[:len(changes):len(changes)], unmarked)...)
		var conflict *store.Conflict
		if errors.As(err, &conflict) && conflict.Key == unmarked.Key {
			continue // it may have been something else that ended
		}
		return err
	}
}

func (i *Issuer) stands(ctx context.Context, a Approval) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if a.SessionID != "" && !a.Scope.Has(oauth.OfflineAccess) {
			return i.sessionLives(ctx, a.User.ID, a.SessionID) // and its person
		}
		_, err := i.liveUser(ctx, a.User.ID, a.User.Epoch)
		return err
	})
	if a.SessionID != "" && !a.Client.SkipConsent {
		group.Go(func() error {
			given, err := i.consent(ctx, a.User.ID, a.Client)
			if err == nil && !given.covers(AuthorizationRequest{Scope: a.Scope, Claims: a.Claims}) {
				return oauth.InvalidGrant.Errorf("the consent was withdrawn") // or given anew since, to less
			}
			return err
		})
	}
	return group.Wait()
}
