package identity

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// codeAttempts is how many wrong codes somebody may send in a window. Of a million codes
// three are good at a time, so that who knows the password and guesses for a month has a
// chance of one in 23 (RFC 4226 §7.3); the trail tells of every window.
const codeAttempts = 5

// TryCode takes one of a person's attempts at a code, and then has it looked at, so that
// parallel guesses cannot outrun the count. They have as many as codeAttempts, beside
// those that they have at passwords, and wait as for those. try returns invalid_grant for
// a wrong code.
//
// Whoever comes here has proved who they are by something else, so a stranger can lock
// nobody out, and their network has given an attempt for that: it gives none for the
// code, or half as many people could sign in from there.
func (u *Users) TryCode(ctx context.Context, userID, address string, try func(context.Context) error) error {
	a := attempt{name: "code\x00" + userID, network: inbound.Network(address), address: address}
	return u.tryCode(ctx, a, userID, try)
}

// TryRecoveryCode is TryCode of a code that is too long to be guessed, which has attempts of
// its own, in each network. So whoever learned the password and keeps guessing at codes of
// an app locks nobody out who has a recovery code, and by it chooses another password.
func (u *Users) TryRecoveryCode(ctx context.Context, userID, address string, try func(context.Context) error) error {
	network := inbound.Network(address)
	a := attempt{name: "recovery code\x00" + userID + "\x00" + network, network: network, address: address}
	return u.tryCode(ctx, a, userID, try)
}

func (u *Users) tryCode(ctx context.Context, a attempt, userID string, try func(context.Context) error) error {
	most := min(codeAttempts, u.lockout.Attempts)
	if most <= 0 || u.lockout.Window <= 0 {
		return errors.New("identity: nobody can sign in without a lockout")
	}
	if err := u.reserveAccount(ctx, &a, most); err != nil {
		return err
	}
	err := try(ctx)
	switch {
	case err == nil:
		u.release(ctx, a)
		return nil
	case oauth.InvalidGrant.In(err):
		if a.last {
			u.trail.Record(ctx, audit.Event{
				Kind: audit.SignInLocked, Outcome: audit.Refused, Subject: userID, Reason: "the person has had their attempts at a code", Address: a.address,
			})
		}
		return errors.Join(err, u.failed(ctx, a.network))
	default:
		return err
	}
}
