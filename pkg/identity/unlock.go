package identity

import (
	"context"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Locked reports whether the account has had all the wrong passwords that it may receive
// in a window, so that no other is looked at until the window ends, or Unlock.
func (u *Users) Locked(ctx context.Context, user User) (bool, error) {
	attempts, _, err := store.Load[int](ctx, u.state, counterKey("account", user.Username))
	if isNotFound(err) {
		return false, nil
	}
	return attempts >= u.lockout.Attempts, wrap("load the attempts", err)
}

// Unlock forgets the wrong passwords that an account has received. Those of networks are
// counted apart and stay: who guesses at many accounts guesses on nowhere.
func (u *Users) Unlock(ctx context.Context, id string) error {
	user, err := u.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := u.state.Write(ctx, store.Delete(counterKey("account", user.Username))); err != nil {
		return fmt.Errorf("forget the attempts: %w", err)
	}
	u.trail.Record(ctx, audit.Event{Kind: audit.UserUnlocked, Subject: id})
	return nil
}
