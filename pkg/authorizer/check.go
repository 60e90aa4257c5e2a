package authorizer

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Tokens verifies access tokens. One that is not genuine, not for this API, or
// revoked is invalid_token; any other error is ours.
type Tokens interface {
	Verify(ctx context.Context, token string) (oauth.AccessToken, error)
}

// Check decides on one request.
func (a *Authorizer) Check(ctx context.Context, r Request) Verdict {
	// 1. What do they show? RFC 6750 §2
	c, found, err := a.sources.credential(r)
	if err != nil {
		return a.refused(FindCredential, err)
	}
	if !found && a.rules.public(r) {
		return Verdict{Outcome: Allowed, Step: CheckRoute}
	}
	if !found {
		v := a.refused(FindCredential, oauth.InvalidToken.Errorf("no credential was sent"))
		v.Challenges = a.challenger.bare()
		return v
	}
	// 2. Is it genuine, for this API, and not revoked? RFC 9068 §4
	t, err := a.genuine(ctx, c)
	if err != nil {
		return a.refused(VerifyToken, err)
	}
	if len(t.Subject) > maxValue || len(t.ClientID) > maxValue {
		// Cut to length, one person's name could become another's.
		return a.refused(VerifyToken, oauth.InvalidToken.Errorf("sub or client_id is too long to be passed on"))
	}
	// 3. Is it theirs? RFC 9449 §7, RFC 8705 §3
	if err := a.bound.check(ctx, r, c, t); err != nil {
		return a.refused(VerifySender, err)
	}
	// 4. May it pass here?
	if err := a.admit(r, t); err != nil {
		v := a.refused(CheckRoute, err)
		v.Token = t
		return v
	}
	return Verdict{Outcome: Allowed, Step: CheckRoute, Token: t, UsageIdentifierKey: c.usage(t)}
}

// admit asks the rules of the route, and then the policies.
func (a *Authorizer) admit(r Request, t oauth.AccessToken) error {
	if lack := a.rules.admit(r, t, a.now()); lack != nil {
		return lack
	}
	if a.policies != nil {
		return a.policies.Permit(r, t)
	}
	return nil
}

// genuine verifies a credential by its kind.
func (a *Authorizer) genuine(ctx context.Context, c credential) (oauth.AccessToken, error) {
	if c.apiKey {
		return a.checkAPIKey(ctx, c.token)
	}
	return a.tokens.Verify(ctx, c.token)
}
