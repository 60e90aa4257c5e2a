package identity

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// mailsInAWindow is how many mails a name or an address gets in a lockout window
// because somebody, who may be a stranger, asked for them.
const mailsInAWindow = 3

// AskForMail counts a wish that a mail be sent to whoever has this name, which may be
// nobody. It is invalid_grant when the network that it comes from has had its attempts.
// send is false when the name has had its mails: nothing is to be sent then, and the
// answer is to be the same, for the mails before are on their way.
func (u *Users) AskForMail(ctx context.Context, typed, address string) (send bool, err error) {
	if u.lockout.AddressAttempts <= 0 || u.lockout.Window <= 0 {
		return false, errors.New("identity: nobody is sent a mail without a lockout")
	}
	if _, err := u.count(ctx, counterKey("mail-from", inbound.Network(address)), u.lockout.AddressAttempts); err != nil {
		return false, err
	}
	_, err = u.state.Count(ctx, counterKey("mail-to", attemptedName(typed)), 1, store.Limit{Max: mailsInAWindow, Window: u.lockout.Window})
	if errors.Is(err, store.ErrLimit) {
		return false, nil
	}
	return err == nil, wrap("count the mail", err)
}

// ConfirmEmail notes that the person receives mail at this address, which may be
// another than the one before. Who signs in by that one as a username signs in by the
// new one from then on, unless it is somebody else's username. It wraps ErrMoved when
// the address before is not theirs any more.
func (u *Users) ConfirmEmail(ctx context.Context, id, before, email string) (User, error) {
	user, err := u.confirmEmail(ctx, id, before, email, true)
	if errors.Is(err, ErrTaken) {
		return u.confirmEmail(ctx, id, before, email, false)
	}
	return user, err
}

func (u *Users) confirmEmail(ctx context.Context, id, before, email string, rename bool) (User, error) {
	was, is, err := u.update(ctx, id, "", func(user *User) error {
		if user.Email != before || user.Disabled {
			return oauth.InvalidRequest.Errorf("the account has changed since: %w", ErrMoved)
		}
		verified := true
		user.Email, user.EmailVerified = email, &verified
		if name, err := Username(before); err == nil && rename && name == user.Username && before != email {
			user.Username = email
		}
		return nil
	})
	if err == nil {
		u.trail.Record(ctx, audit.Event{
			Kind: audit.EmailChanged, Subject: id, Actor: audit.Acting(ctx, audit.Person(id)), Changed: was.changed(is),
		})
	}
	return is, err
}
