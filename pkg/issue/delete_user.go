package issue

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/identity"
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

// DeleteUser deletes a person for good, with all that they are signed in to: see
// DisableUser, which comes first, so that nothing new begins meanwhile and who has lost
// the race has changed nothing. Where it breaks off, the person is kept out, and it can
// be done again.
func (i *Issuer) DeleteUser(ctx context.Context, userID, version string) error {
	if err := i.DisableUser(ctx, userID, version); err != nil {
		return err
	}
	if err := i.forget(ctx, userID); err != nil {
		return err
	}
	if err := i.users.Delete(ctx, userID); err != nil {
		return err
	}
	if err := i.EndAll(ctx, userID); err != nil {
		return err
	}
	return i.forget(ctx, userID) // what was agreed to in this very moment
}
