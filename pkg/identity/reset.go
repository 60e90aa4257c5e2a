package identity

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Named returns the person with this name, however it is typed, for who must not tell
// whether there is one: the zero User for a name that is nobody's, or of somebody who is
// kept out, after the same reads.
func (u *Users) Named(ctx context.Context, typed string) (User, error) {
	user, err := u.Holder(ctx, typed)
	if err != nil || user.Disabled {
		return User{}, err
	}
	return user, nil
}

// Holder is Named that returns who is kept out, too: they have the name.
func (u *Users) Holder(ctx context.Context, typed string) (User, error) {
	kept, _, err := u.lookUp(ctx, attemptedName(typed))
	return kept.User, err
}

// NewPassword is a password that somebody chose and that keeps the rules (NIST SP
// 800-63B §5.1.1.2), hashed. Its only source is HashPassword.
type NewPassword struct{ hash string }

// HashPassword takes a password that the person of this name chose. The error wraps
// ErrPasswordLength, ErrPasswordCommon, ErrPasswordBreached or ErrPasswordIsUsername when it breaks a rule.
func (u *Users) HashPassword(ctx context.Context, password oauth.Secret, username string) (NewPassword, error) {
	prepared, err := prepareNew(password, username)
	if err != nil {
		return NewPassword{}, err
	}
	if err := u.checkBreaches(ctx, prepared); err != nil {
		return NewPassword{}, err
	}
	hash, err := u.hasher.hash(ctx, prepared)
	return NewPassword{hash}, err
}

// ErrMoved means that the person has changed since it was looked at, in what the change
// rests on.
var ErrMoved = errors.New("identity: changed meanwhile")

// ReplacePassword gives the person another password and signs them out everywhere, if
// they are in this epoch still: it wraps ErrMoved when the password was changed since, or
// everything signed out, or the person kept out.
func (u *Users) ReplacePassword(ctx context.Context, id string, epoch int, password NewPassword) error {
	if password.hash == "" {
		return errors.New("identity: no password was hashed")
	}
	_, err := u.rewrite(ctx, id, func(kept *userRecord) error {
		if kept.Epoch != epoch || kept.Disabled {
			return oauth.InvalidRequest.Errorf("the account has changed since: %w", ErrMoved)
		}
		kept.PasswordHash = password.hash
		kept.Epoch++
		return nil
	})
	if err == nil {
		u.trail.Record(ctx, audit.Event{Kind: audit.PasswordChanged, Subject: id, Actor: audit.Acting(ctx, audit.Person(id))})
	}
	return err
}
