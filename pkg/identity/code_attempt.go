package identity

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// codeAttempts is how many wrong codes somebody may send in a window. A code has six
// digits, three of which are good at a time, so that guessing for a year leaves a
// chance of one in two (RFC 4226 §7.3).
const codeAttempts = 5

// TryCode takes one of a person's attempts at a code, and then has it looked at, so that
// parallel guesses cannot outrun the count. They have as many as codeAttempts, beside
// those that they have at passwords, and wait as for those. try returns invalid_grant for
// a wrong code. Whoever comes here has proved who they are by something else, so that a
// stranger can lock nobody out.
func (u *Users) TryCode(ctx context.Context, userID, address string, try func(context.Context) error) error {
	reserved, err := u.reserveOf(ctx, "code\x00"+userID, address, min(codeAttempts, u.lockout.Attempts))
	if err != nil {
		return err
	}
	err = try(ctx)
	switch {
	case err == nil:
		u.release(ctx, reserved)
		return nil
	case oauth.InvalidGrant.In(err):
		return errors.Join(err, u.failed(ctx, reserved.network))
	default:
		return err
	}
}
