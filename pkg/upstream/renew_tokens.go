package upstream

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const (
	freshFor     = 30 * time.Second // a token is handed out that is good for as long
	renewTimeout = 6 * time.Second  // below what a Lambda function has
	renewLease   = 15 * time.Second // for asking the provider and writing down what it gave
	renewPoll    = 100 * time.Millisecond
	renewPolls   = 30
)

// errNotRenewed is wrapped by the error of who asks for tokens that the provider renews
// no more: it was told to, or has noticed that they were stolen.
var errNotRenewed = errors.New("upstream: not renewed")

// NotRenewed reports whether the provider renews the person's tokens no more.
func NotRenewed(err error) bool { return errors.Is(err, errNotRenewed) }

// errNothingKept is of one code and text whatever the cause: who asks learns what to do.
func errNothingKept(cause error) error {
	return oauth.InvalidTarget.Errorf("nothing good is kept of the person at this provider: they have to sign in by it: %w", cause)
}

// holder is whose tokens are asked for.
type holder struct {
	userID string
	from   Provider
	own    keys.OwnKey
}

// Tokens returns the person's tokens at the provider, renewed where they have expired.
// The error is invalid_target where there are none, temporarily_unavailable where the
// provider does not answer.
func (r *RelyingParty) Tokens(ctx context.Context, userID, provider string) (Given, error) {
	p, err := r.Providers.Get(ctx, provider)
	if errors.Is(err, store.ErrNotFound) || err == nil && (p.Disabled || !p.KeepTokens) {
		return Given{}, oauth.InvalidTarget.Errorf("there is no such provider, or its tokens are not kept")
	}
	if err != nil {
		return Given{}, err
	}
	own, err := r.Providers.tokenKey(ctx, p)
	if err != nil {
		return Given{}, err
	}
	whose := holder{userID, p, own}
	for range renewPolls {
		given, again, err := r.tokens(ctx, whose)
		if err != nil || !again {
			return given, err
		}
		select { // somebody else is at the provider, or was faster
		case <-ctx.Done():
			return Given{}, ctx.Err()
		case <-time.After(renewPoll):
		}
	}
	return Given{}, oauth.TemporarilyUnavailable.Errorf("the token is being renewed")
}

// tokens is one attempt. again says that somebody else renews them.
func (r *RelyingParty) tokens(ctx context.Context, whose holder) (given Given, again bool, err error) {
	kept, err := r.latest(ctx, whose)
	if err != nil {
		return Given{}, false, err
	}
	t, err := openKept(whose.own, whose.userID, kept)
	if err != nil {
		return Given{}, false, errNothingKept(err)
	}
	now := r.now()
	switch {
	case kept.Expires.IsZero() || now.Add(freshFor).Before(kept.Expires):
		return Given{AccessToken: oauth.Secret(t.Access), Scope: t.Scope, Expires: kept.Expires}, false, nil
	case t.Refresh == "":
		return Given{}, false, errNothingKept(errors.New("they have expired, and cannot be renewed"))
	case now.Before(kept.Renewing):
		return Given{}, true, nil
	}
	// Of any number who find it expired one goes to the provider. A refresh token that
	// came there twice is taken for stolen, and all that came of it ends (RFC 9700
	// §4.14.2).
	kept.Renewing = now.Add(renewLease)
	err = r.users.KeepLinkedTokens(ctx, whose.userID, kept)
	if errors.As(err, new(*store.Conflict)) {
		return Given{}, true, nil
	}
	if err != nil {
		return Given{}, false, err
	}
	given, err = r.renew(ctx, whose, kept.ID, t)
	return given, false, err
}

// latest returns the tokens of the identity by which the person came last, of those that
// they have at the provider.
func (r *RelyingParty) latest(ctx context.Context, whose holder) (identity.LinkedTokens, error) {
	all, err := r.users.LinkedTokens(ctx, whose.userID)
	if err != nil {
		return identity.LinkedTokens{}, err
	}
	var found identity.LinkedTokens
	for _, each := range all {
		if each.Provider == whose.from.ID && each.Sealed != nil && each.Kept.After(found.Kept) {
			found = each
		}
	}
	if found.Version == "" {
		return found, errNothingKept(store.ErrNotFound)
	}
	return found, nil
}

// renew asks the provider, once, and writes down what it gave whether or not the asker
// is still there: what is lost now cannot be had again.
func (r *RelyingParty) renew(ctx context.Context, whose holder, id string, spent keptTokens) (Given, error) {
	ctx = context.WithoutCancel(ctx)
	asking, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	given, err := r.refresh(asking, whose.from, spent.Refresh)
	if given.RefreshToken == "" {
		given.RefreshToken = oauth.Secret(spent.Refresh) // RFC 6749 §6
	}
	if given.Scope == "" {
		given.Scope = spent.Scope
	}
	var said *tokenError
	over := errors.As(err, &said) && said.code == string(oauth.InvalidGrant)
	writing, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	failed := r.replace(writing, whose, id, spent, func(kept *identity.LinkedTokens) (sealErr error) {
		kept.Renewing = time.Time{}
		switch {
		case over:
			kept.Sealed = nil
		case err == nil:
			kept.Expires, kept.Renewed = given.Expires, r.now().UTC()
			kept.Sealed, sealErr = sealKept(whose.own, whose.userID, id, keptOf(given))
		}
		return sealErr
	})
	switch {
	case over:
		return Given{}, errors.Join(errNothingKept(errNotRenewed), failed)
	case err != nil:
		return Given{}, oauth.TemporarilyUnavailable.Errorf("the provider cannot renew the token now: %w", &Failure{whose.from, err})
	}
	return Given{AccessToken: given.AccessToken, Scope: given.Scope, Expires: given.Expires}, failed
}

// refresh presents a refresh token (RFC 6749 §6).
func (r *RelyingParty) refresh(ctx context.Context, p Provider, token string) (Given, error) {
	m, err := r.metadata(ctx, p)
	if err != nil {
		return Given{}, err
	}
	return r.ask(ctx, p, m, url.Values{"grant_type": {string(oauth.RefreshToken)}, "refresh_token": {token}})
}

// replace changes the tokens where they still rest on the refresh token that was spent.
// Somebody may have signed in meanwhile, and got another; or have disconnected the
// provider, and then there is nothing to change.
func (r *RelyingParty) replace(ctx context.Context, whose holder, id string, spent keptTokens, change func(*identity.LinkedTokens) error) error {
	for {
		kept, err := r.users.LinkedTokensOf(ctx, whose.userID, id)
		if errors.Is(err, store.ErrNotFound) {
			return errNothingKept(err)
		}
		if err != nil {
			return err
		}
		if t, err := openKept(whose.own, whose.userID, kept); err != nil || t.Refresh != spent.Refresh {
			return nil // the newer ones stay
		}
		if err := change(&kept); err != nil {
			return err
		}
		err = r.users.KeepLinkedTokens(ctx, whose.userID, kept)
		if !errors.As(err, new(*store.Conflict)) {
			return err
		}
	}
}
