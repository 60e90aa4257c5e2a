package identity

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// SignUp adds a person with the password that they chose. Their address is their
// username, too; verified says whether they have shown that they receive mail there. The
// error wraps ErrTaken when it is somebody's already, as a username or as an address that
// finds them.
func (u *Users) SignUp(ctx context.Context, n NewUser, password NewPassword, verified bool) (User, error) {
	if password.hash == "" {
		return User{}, oauth.InvalidRequest.Errorf("no password was chosen")
	}
	n.Username, n.Password, n.PasswordHash, n.EmailVerified = n.Email, "", password.hash, &verified
	return u.add(ctx, n, audit.UserSignedUp, func(userID string) []store.Change {
		if name, err := Username(n.Email); err == nil && verified { // nobody else may have it
			return []store.Change{store.Put(u.emails.key(name), nameRecord{userID}).IfAbsent()}
		}
		return nil
	})
}
