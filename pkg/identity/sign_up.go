package identity

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// SignUp adds a person who has shown that they receive mail at the address, which is
// their username, too. The error wraps ErrTaken when it is somebody's already.
func (u *Users) SignUp(ctx context.Context, email string, password NewPassword, locale string) (User, error) {
	if password.hash == "" {
		return User{}, oauth.InvalidRequest.Errorf("no password was chosen")
	}
	verified := true
	return u.Add(ctx, NewUser{Username: email, PasswordHash: password.hash, StandardClaims: oauth.StandardClaims{
		Email: email, EmailVerified: &verified, Locale: locale,
	}})
}
