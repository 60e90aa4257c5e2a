package identity

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// HasPassword reports whether the person has a password. Who came by another provider,
// or has a passkey alone, may have none.
func (u *Users) HasPassword(ctx context.Context, id string) (bool, error) {
	kept, _, err := store.Load[userRecord](ctx, u.users, userKey(id))
	return kept.PasswordHash != "", wrap("load user", err)
}
