package issue

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// refreshToken exchanges a refresh token for the next one and a fresh access
// token (RFC 6749 §6), with rotation and detection of replay (RFC 9700 §4.14.2).
type refreshToken struct{ *Issuer }

// Approve leaves the rotation, which is one conditional write, for when the tokens
// are made. Everything that can be refused is refused before it, so neither a bad
// request nor an outage of the signing keys costs the client its sign-in.
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
		return Approval{}, g.revokeStolen(ctx, handle, family, r.Client.ID, "the refresh token belongs to another client")
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
	next, rotate, err := g.next(ctx, r.Client, handle, family)
	if err != nil {
		return Approval{}, err
	}
	return Approval{
		Client: r.Client, User: user, Scope: scope, Audience: audience, AuthTime: family.AuthTime,
		GrantID: handle.grant, RefreshToken: next, commit: rotate, status: family.Status.Index,
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
	if err == nil && !g.mayHave(r.Client, audience) {
		err = oauth.InvalidTarget.Errorf("the client may not ask for this resource any more")
	}
	return scope, audience, err
}

// next returns the refresh token to hand out, and what must be written first: the
// rotation, if it is still to be made.
func (g refreshToken) next(ctx context.Context, client oauth.Client, handle refreshHandle, current family) (oauth.Secret, commit, error) {
	rotated, err := g.judge(ctx, handle, current)
	if err != nil {
		return "", nil, err
	}
	token := encodeRefreshToken(handle, current.macKey, handle.generation+1)
	if rotated {
		return token, nil, nil
	}
	return token, func(ctx context.Context) (err error) {
		var index statusIndex
		if current.Status.due(g.now()) {
			if index, err = g.grantIndex(ctx, client); err != nil {
				return err
			}
		}
		return g.rotate(ctx, handle, current, index)
	}, nil
}

// judge says whether the family has moved on from this token already, and ends it
// where that was too long ago or too far.
func (g refreshToken) judge(ctx context.Context, handle refreshHandle, current family) (rotated bool, err error) {
	now := g.now()
	switch {
	case !now.Before(current.RefreshExpires):
		return false, oauth.InvalidGrant.Errorf("the refresh token has expired")
	case handle.generation == current.Generation:
		return false, nil
	case handle.generation == current.Generation-1 && now.Sub(current.Rotated) < g.cfg.RefreshGrace:
		// The response that carried the current token was lost, or two tabs refreshed
		// at once. Both get the same token, so nothing forks; a thief gains no more
		// than the grace time (RFC 9700 §4.14.2).
		return true, nil
	default:
		return false, g.revokeStolen(ctx, handle, current, current.ClientID, "the refresh token was used before")
	}
}

// rotate moves the family on, and to the index, if one is given. Whoever loses the
// race to do so judges its token again, by the record that won.
func (g refreshToken) rotate(ctx context.Context, handle refreshHandle, current family, index statusIndex) error {
	for {
		now := g.now()
		next := current
		next.Generation++
		next.Rotated = now
		next.RefreshExpires = g.refreshExpires(now, current.Opened)
		if index != 0 && current.Status.due(now) {
			next.Status = current.Status.move(index, now)
		}
		err := g.state.Write(ctx, store.Put(handle.key(), next).Until(g.grantExpires(now, next)).IfVersion(current.version))
		var conflict *store.Conflict
		if !errors.As(err, &conflict) {
			return err
		}
		if !conflict.Found() {
			return errGrantGone()
		}
		if current, err = decodeFamily(conflict.Record); err != nil {
			return err
		}
		if rotated, err := g.judge(ctx, handle, current); err != nil || rotated {
			return err
		}
	}
}

// revokeStolen ends the grant, whose refresh token is in two hands; by is the client that
// came with it.
func (g refreshToken) revokeStolen(ctx context.Context, handle refreshHandle, f family, by, reason string) error {
	err := g.endFamily(ctx, handle.key(), f, audit.Event{
		Kind: audit.RefreshTokenReused, Outcome: audit.Refused, Reason: reason, Subject: handle.user, Client: f.ClientID,
		Session: f.SessionID, Grant: handle.grant, Actor: audit.Client(by),
	})
	if err != nil {
		return err
	}
	return oauth.InvalidGrant.Errorf("%s: %w", reason, ErrReplay)
}
