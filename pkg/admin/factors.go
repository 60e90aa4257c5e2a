package admin

import (
	"context"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Factors returns what a person can prove themselves by, beside a password.
func (d *Desk) Factors(ctx context.Context, by Caller, userID string) (factor.Set, error) {
	if err := by.May(UsersRead); err != nil {
		return factor.Set{}, err
	}
	if _, err := d.users.Get(ctx, userID); err != nil {
		return factor.Set{}, err
	}
	return d.factors.Of(ctx, userID)
}

// The names of factors of which a person has one.
const (
	AppFactor      = "totp"
	RecoveryFactor = "recovery-codes"
)

// RemoveFactor takes a factor from a person who has lost it, or should not have it: a
// passkey by its handle, the app, or the recovery codes.
func (d *Desk) RemoveFactor(ctx context.Context, by Caller, userID, name string) error {
	ctx, _, err := d.target(ctx, by, UsersWrite, "remove factor", userID)
	if err != nil {
		return err
	}
	has, err := d.factors.Of(ctx, userID)
	if err != nil {
		return err
	}
	switch {
	case name == AppFactor && has.App != nil:
		return d.factors.RemoveApp(ctx, userID)
	case name == RecoveryFactor && has.RecoveryCodes > 0:
		return d.factors.RemoveRecoveryCodes(ctx, userID)
	}
	for _, passkey := range has.Passkeys {
		if passkey.Handle() == name {
			return d.factors.RemovePasskey(ctx, userID, name)
		}
	}
	return fmt.Errorf("no such factor: %w", store.ErrNotFound)
}
