package issue

import (
	"context"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// IsNamed reports whether the request names the person: by id_token_hint or a value
// of sub, which bind the answer to them; else by login_hint, which binds nothing and
// may be their username or an address known to be theirs (OpenID Connect Core
// §3.1.2.1).
func (i *Issuer) IsNamed(ctx context.Context, req AuthorizationRequest, client oauth.Client, user identity.User) (bool, error) {
	if req.HintSubject != "" {
		subject, err := i.subject(ctx, client, user)
		return subject == req.HintSubject, err
	}
	if req.LoginHint == "" {
		return false, nil
	}
	verified := user.EmailVerified != nil && *user.EmailVerified
	return strings.EqualFold(req.LoginHint, user.Username) || verified && strings.EqualFold(req.LoginHint, user.Email), nil
}
