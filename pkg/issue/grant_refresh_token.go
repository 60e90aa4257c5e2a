package issue

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// refreshToken exchanges a refresh token for the next one and a fresh access
// token (RFC 6749 §6), with rotation and detection of replay (RFC 9700 §4.14.2).
type refreshToken struct{ *Issuer }

// Approve rotates the family by one conditional write. Everything that can be
// refused is refused before it, so a bad request costs the client nothing.
func (g refreshToken) Approve(ctx context.Context, r Request) (Approval, error) {
	token, err := r.Params.Require("refresh_token")
	if err != nil {
		return Approval{}, err
	}
	handle, family, err := g.openRefreshToken(ctx, token)
	if err != nil {
		return Approval{}, err
	}
	if family.ClientID != r.Client.ID {
		// A good token in another client's hands has leaked. Ending the family costs
		// its owner a sign-in; leaving it would leave the thief a token to pass on.
		return Approval{}, g.revokeStolen(ctx, handle, "the refresh token belongs to another client")
	}
	if family.Opened.Before(r.Client.IssuedAt) {
		return Approval{}, errGrantGone() // it was given to another client, which had the same ID
	}
	user, err := g.liveUser(ctx, handle.user, family.Epoch)
	if err != nil {
		return Approval{}, err
	}
	scope, audience, err := g.narrow(r, family)
	if err != nil {
		return Approval{}, err
	}
	next, err := g.rotate(ctx, handle, family)
	if err != nil {
		return Approval{}, err
	}
	return Approval{
		Client: r.Client, User: user, Scope: scope, Audience: audience, AuthTime: family.AuthTime,
		GrantID: handle.grant, RefreshToken: next,
		SessionID: family.SessionID, ACR: family.ACR, AMR: family.AMR, Claims: family.Claims,
	}, nil
}

// narrow applies the request's scope and resource, neither of which may grow
// (RFC 6749 §6, RFC 8707 §2.2).
func (g refreshToken) narrow(r Request, family family) (oauth.Scope, []string, error) {
	scope, err := oauth.ParseScope(r.Params.Get("scope"))
	if err != nil {
		return nil, nil, err
	}
	if len(scope) == 0 {
		scope = family.Scope
	}
	// The registration may have shrunk since the grant was made.
	if !scope.Within(family.Scope) || !scope.Within(r.Client.Scope) {
		return nil, nil, oauth.InvalidScope.Errorf("the scope exceeds what was granted")
	}
	audience, err := narrowAudience(family.Audience, r.Params)
	return scope, audience, err
}

// rotate moves the family on and returns the refresh token that is now current.
// Whoever loses the race to do so judges its token again, by the record that won.
func (g refreshToken) rotate(ctx context.Context, handle refreshHandle, current family) (oauth.Secret, error) {
	for {
		now := g.now()
		switch {
		case !now.Before(current.RefreshExpires):
			return "", oauth.InvalidGrant.Errorf("the refresh token has expired")
		case handle.generation == current.Generation:
			next := current
			next.Generation++
			next.Rotated = now
			next.RefreshExpires = g.refreshExpires(now, current.Opened)
			err := g.state.Write(ctx, store.Put(handle.key(), next).Until(g.grantExpires(now, next)).IfVersion(current.version))
			var conflict *store.Conflict
			switch {
			case errors.As(err, &conflict) && conflict.Found():
				if current, err = decodeFamily(conflict.Record); err != nil {
					return "", err
				}
				continue
			case errors.As(err, &conflict):
				return "", errGrantGone()
			case err != nil:
				return "", err
			}
			return g.refreshTokenOf(ctx, handle, next)
		case handle.generation == current.Generation-1 && now.Sub(current.Rotated) < g.cfg.RefreshGrace:
			// The response that carried the current token was lost, or two tabs refreshed
			// at once. Both get the same token, so nothing forks; a thief gains no more
			// than the grace time (RFC 9700 §4.14.2).
			return g.refreshTokenOf(ctx, handle, current)
		default:
			return "", g.revokeStolen(ctx, handle, "the refresh token was used before")
		}
	}
}

// revokeStolen ends the grant, whose refresh token is in two hands.
func (g refreshToken) revokeStolen(ctx context.Context, handle refreshHandle, reason string) error {
	if err := g.state.Write(ctx, store.Delete(handle.key())); err != nil {
		return err
	}
	return oauth.InvalidGrant.Errorf("%s: %w", reason, ErrReplay)
}
