package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Why a sign-in was refused, for the log alone.
var (
	errPasswordBounds = errors.New("no password can be like this")
	errUnknownUser    = errors.New("unknown user")
	errWrongPassword  = errors.New("wrong password")
	errDisabled       = errors.New("the user is disabled")
)

// SignIn returns the user with this username and password. Every refusal is
// invalid_grant: with one text, after the same work, for an unknown name, a wrong
// password and a disabled user, so that nobody learns who has an account; and with
// another when the account or the address has no attempt left or must wait (TooSoon),
// which unknown names run out of too. address is where the request came from.
func (u *Users) SignIn(ctx context.Context, username string, password oauth.Secret, address string) (User, error) {
	prepared, err := prepare(password)
	if err != nil {
		return User{}, refused(errPasswordBounds)
	}
	name := attemptedName(username)
	reserved, err := u.reserve(ctx, name, address)
	if err != nil {
		return User{}, err
	}
	kept, version, err := u.lookUp(ctx, name)
	if err != nil {
		return User{}, err
	}
	given := typed{string(password), prepared}
	verdict, err := u.hasher.verify(ctx, kept.PasswordHash, given)
	if err != nil {
		return User{}, fmt.Errorf("verify password: %w", err)
	}
	if why := refusal(kept, verdict.match); why != nil {
		moved, err := u.migrate(ctx, kept, name, given)
		if err != nil || moved.ID == "" {
			u.recordRefusal(ctx, kept.ID, why, reserved)
			return User{}, errors.Join(cmp.Or(err, refused(why)), u.failed(ctx, reserved.network))
		}
		u.release(ctx, reserved)
		return moved, nil
	}
	u.release(ctx, reserved)
	if verdict.weak {
		u.rehash(ctx, kept, version, prepared, verdict.renewed)
	}
	return kept.User, nil
}

func refusal(kept userRecord, match bool) error {
	switch {
	case kept.ID == "":
		return errUnknownUser
	case !match:
		return errWrongPassword
	case kept.Disabled:
		return errDisabled
	default:
		return nil
	}
}

func refused(why error) error {
	return oauth.InvalidGrant.Errorf("wrong username or password: %w", why)
}

// lookUp returns the record of the user with this name or confirmed address, the zero
// record for an unknown one. Both take the same reads, which can be told apart by their
// time: the last for an unknown name is of the user without an ID, whom nobody can be.
func (u *Users) lookUp(ctx context.Context, name string) (userRecord, string, error) {
	id, byAddress, err := u.named(ctx, name)
	if err != nil {
		return userRecord{}, "", err
	}
	kept, version, err := store.Load[userRecord](ctx, u.users, userKey(id))
	if err != nil && !isNotFound(err) {
		return userRecord{}, "", fmt.Errorf("load user: %w", err)
	}
	if byAddress && kept.address() != name {
		return userRecord{}, "", nil
	}
	return kept, version, nil
}

// rehash replaces a hash that costs less than a new one, or is from elsewhere and was
// renewed. When somebody else has changed the user meanwhile, or the store fails, the
// next sign-in does it.
func (u *Users) rehash(ctx context.Context, kept userRecord, version, prepared, renewed string) {
	if renewed == "" {
		var err error
		if renewed, err = u.hasher.hash(ctx, prepared); err != nil {
			return
		}
	}
	kept.PasswordHash = renewed
	_ = u.users.Write(ctx, store.Put(userKey(kept.ID), kept).IfVersion(version))
}
