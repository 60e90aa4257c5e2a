package issue

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// authorizationCode exchanges a code for tokens (RFC 6749 §4.1.3), once.
type authorizationCode struct{ *Issuer }

// Approve leaves the redemption, which is one conditional write, for when the tokens
// are made. Whatever can be refused is refused before it, so neither a wrong request
// nor an outage of the signing keys spends the code of the right one.
func (g authorizationCode) Approve(ctx context.Context, r Request) (Approval, error) {
	presented, err := r.Params.Require("code")
	if err != nil {
		return Approval{}, err
	}
	kept, err := g.openCode(ctx, presented)
	if err != nil {
		return Approval{}, err
	}
	if err := g.judge(ctx, kept, r); err != nil {
		return Approval{}, err
	}
	audience, err := narrowAudience(kept.Audience, r.Params)
	if err != nil {
		return Approval{}, err
	}
	// The registration may have shrunk since the person agreed.
	if !kept.Scope.Within(r.Client.Scope) || !g.mayHave(r.Client, audience) {
		return Approval{}, oauth.InvalidGrant.Errorf("the client may not have any more what the code was given for")
	}
	user, err := g.stillSignedIn(ctx, kept)
	if err != nil {
		return Approval{}, err
	}
	approval, opening, err := g.newGrant(ctx, Approval{
		Client: r.Client, User: user, Scope: kept.Scope, Audience: kept.Audience, AuthTime: kept.AuthTime,
		SessionID: kept.SessionID, ACR: kept.ACR, AMR: kept.AMR, Claims: kept.Claims,
	})
	approval.Audience, approval.Nonce = audience, kept.Nonce
	approval.commit = func(ctx context.Context) error { return g.redeem(ctx, kept, approval, opening) }
	return approval, err
}

// judge compares what is presented with what the code was given for (RFC 6749
// §4.1.3, RFC 7636 §4.6).
func (g authorizationCode) judge(ctx context.Context, kept code, r Request) error {
	if kept.ClientID != r.Client.ID {
		return oauth.InvalidGrant.Errorf("the code was given to another client")
	}
	if kept.Expires.Add(-codeLifetime).Before(r.Client.IssuedAt) {
		return errNoCode() // it was given to another client, which had the same ID
	}
	if kept.GrantID != "" {
		return g.replayed(ctx, kept)
	}
	if !g.now().Before(kept.Expires) {
		return errNoCode()
	}
	redirectURI, err := r.Params.Require("redirect_uri")
	if err != nil {
		return err
	}
	if redirectURI != kept.RedirectURI {
		return oauth.InvalidGrant.Errorf("redirect_uri is not that of the authorization request")
	}
	return verify.CodeVerifier(r.Params.Get("code_verifier"), kept.CodeChallenge)
}

// stillSignedIn returns the person of a code, unless they have signed out since.
func (g authorizationCode) stillSignedIn(ctx context.Context, kept code) (user identity.User, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		user, err = g.liveUser(ctx, kept.UserID, kept.Epoch)
		return err
	})
	group.Go(func() error {
		return g.sessionLives(ctx, kept.UserID, kept.SessionID)
	})
	err = group.Wait()
	return user, err
}

// redeem marks the code used and opens its grant, both or neither. Of any number
// that try, one succeeds; each of the others has found a replay.
func (g authorizationCode) redeem(ctx context.Context, kept code, a Approval, opening store.Change) error {
	used := kept
	used.GrantID = a.GrantID
	tombstone := store.Put(codeKey(kept.locator), used).Until(g.now().Add(codeTombstone)).IfVersion(kept.version)
	err := g.open(ctx, a, tombstone, opening)
	var conflict *store.Conflict
	if errors.As(err, &conflict) && conflict.Key == tombstone.Key {
		if !conflict.Found() {
			return errNoCode()
		}
		first, err := store.Decode[code](conflict.Record)
		if err != nil {
			return err
		}
		return g.replayed(ctx, first)
	}
	return err
}

// replayed ends what the first use of a code gave, for one of the two had stolen it
// (RFC 6749 §4.1.2, RFC 9700 §4.5). Both lose it: who was first is not who was right.
func (g authorizationCode) replayed(ctx context.Context, first code) error {
	err := g.endGrant(ctx, grantKey(first.UserID, first.GrantID), audit.Event{
		Kind: audit.CodeReplayed, Outcome: audit.Refused, Subject: first.UserID, Client: first.ClientID, Session: first.SessionID,
		Grant: first.GrantID, Actor: audit.Client(first.ClientID),
	})
	if err != nil {
		return err
	}
	return oauth.InvalidGrant.Errorf("the code was used before: %w", ErrReplay)
}

// narrowAudience applies the resource parameter, which may name less than was
// granted (RFC 8707 §2.2).
func narrowAudience(granted []string, p oauth.Params) ([]string, error) {
	resource := p.Get("resource")
	if resource == "" {
		return granted, nil
	}
	if !slices.Contains(granted, resource) {
		return nil, oauth.InvalidTarget.Errorf("the resource exceeds what was granted")
	}
	return []string{resource}, nil
}
