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
	for _, key := range attemptsOn(user) {
		attempts, _, err := store.Load[int](ctx, u.state, key)
		if err != nil && !isNotFound(err) {
			return false, fmt.Errorf("load the attempts: %w", err)
		}
		if attempts >= u.lockout.Attempts {
			return true, nil
		}
	}
	return false, nil
}

// attemptsOn are where attempts at an account are counted: by whatever it is found by.
func attemptsOn(user User) []store.Key {
	keys := []store.Key{counterKey("account", user.Username)}
	if address := user.address(); address != "" && address != user.Username {
		keys = append(keys, counterKey("account", address))
	}
	return keys
}

// Unlock forgets the wrong passwords that an account has received. Those of networks are
// counted apart and stay: who guesses at many accounts guesses on nowhere.
func (u *Users) Unlock(ctx context.Context, id string) error {
	user, err := u.Get(ctx, id)
	if err != nil {
		return err
	}
	var forgotten []store.Change
	for _, key := range attemptsOn(user) {
		forgotten = append(forgotten, store.Delete(key))
	}
	if err := u.state.Write(ctx, forgotten...); err != nil {
		return fmt.Errorf("forget the attempts: %w", err)
	}
	u.trail.Record(ctx, audit.Event{Kind: audit.UserUnlocked, Subject: id})
	return nil
}
