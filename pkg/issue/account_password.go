package issue

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// PasswordChange is what a person who is signed in wants: another password.
type PasswordChange struct {
	Current oauth.Secret // which they have, unless they have none
	New     oauth.Secret
	Address string // of the visitor, as the network says
}

// ChangePassword gives the person another password, ends all that they were signed in
// to, this session too, and tells them by mail, for it may not have been them; notice is
// nil where no mail is sent. It returns them as they are from then on.
//
// They must know the password that they have, although they are signed in: who finds a
// browser open must not carry the account off. A refusal of it is invalid_grant, and
// counts as one at sign-in.
func (i *Issuer) ChangePassword(ctx context.Context, who identity.SignedIn, change PasswordChange, notice Letter) (identity.User, error) {
	user := who.User
	if err := i.knowsPassword(ctx, user, change.Current, change.Address); err != nil {
		return identity.User{}, err
	}
	hashed, err := i.users.HashPassword(ctx, change.New, user.Username)
	if err != nil {
		return identity.User{}, err
	}
	if err := i.tell(ctx, user, notice); err != nil {
		return identity.User{}, err
	}
	if err := i.users.ReplacePassword(ctx, user.ID, who.Epoch, hashed); err != nil {
		return identity.User{}, err
	}
	if err := i.EndAll(ctx, user.ID); err != nil {
		return identity.User{}, err
	}
	return i.users.Get(ctx, user.ID)
}

// knowsPassword holds a person who is signed in to the password that they have, if any.
// It counts as an attempt to sign in, or somebody else's browser would be where to guess.
func (i *Issuer) knowsPassword(ctx context.Context, user identity.User, password oauth.Secret, address string) error {
	has, err := i.users.HasPassword(ctx, user.ID)
	if err != nil || !has {
		return err
	}
	known, err := i.users.SignIn(ctx, user.Username, password, address)
	if err != nil {
		return err
	}
	if known.ID != user.ID { // the name has gone over to somebody else
		return errMoved()
	}
	return nil
}

func errMoved() error {
	return oauth.InvalidRequest.Errorf("the account has changed since: %w", identity.ErrMoved)
}
