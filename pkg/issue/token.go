package issue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// live is an access token of ours that is still good, with what stands behind it.
type live struct {
	oauth.AccessToken
	client oauth.Client
	user   identity.User // the zero User when the client acts for itself
	grant  family        // likewise
	key    store.Key     // where the grant lies
}

// check verifies an access token of ours and reads, strongly consistent, all
// that can have ended it before its time: the token's own revocation, its grant,
// its person and its client. The reads run side by side. It returns
// invalid_token when the token is not good.
func (i *Issuer) check(ctx context.Context, token string) (live, error) {
	verified, err := i.verify(ctx, token)
	if err != nil {
		return live{}, err
	}
	t := live{AccessToken: verified}
	group, reading := errgroup.WithContext(ctx) // which ends with the group
	group.Go(func() error { return gone(i.absent(reading, revokedKey(t.AccessToken))) })
	group.Go(func() (err error) {
		t.client, err = i.clients.Get(reading, t.ClientID)
		return gone(err)
	})
	if reference, granted := grantID(verified); granted {
		group.Go(func() error {
			id, grant, err := i.openGrantReference(reading, t.Subject, reference)
			if err == nil {
				t.key = grantKey(id, grant)
				t.user, t.grant, err = i.liveGrant(reading, id, grant)
			}
			return gone(err)
		})
	}
	if err := group.Wait(); err != nil {
		return live{}, err
	}
	// iat has whole seconds. A token from before its client was made is of another
	// client, which had the same ID.
	if t.IssuedAt.Before(t.client.IssuedAt.Truncate(time.Second)) {
		return live{}, oauth.InvalidToken.Errorf("the token is older than its client")
	}
	if err := i.given(ctx, t); err != nil {
		return live{}, err
	}
	if t.Scope, err = i.held(ctx, t.user, t.Scope); err != nil {
		return live{}, err
	}
	return t, nil
}

// grantID returns what leads to a token's grant. One that names none is its client's own,
// and one reading decides that for everybody: else a number in a token that a shared
// secret signed would be a grant here and none there, whose person nobody looks for.
func grantID(t oauth.AccessToken) (reference string, granted bool) {
	reference, granted = t.Claims["grant_id"].(string)
	return reference, granted
}

// given refuses a token that says more than its grant. Who shares an HS256 secret with
// us can sign what we never said: a wider scope, another API, or another client's grant
// that it has seen the id of.
func (i *Issuer) given(ctx context.Context, t live) error {
	if t.user.ID == "" {
		return nil
	}
	subject, err := i.subject(ctx, t.client, t.user)
	if err != nil {
		return err
	}
	elsewhere := func(a string) bool { return !slices.Contains(t.grant.Audience, a) }
	if t.grant.ClientID != t.ClientID || t.Subject != subject || !t.Scope.Within(t.grant.Scope) ||
		slices.ContainsFunc(t.Audience, elsewhere) {
		return oauth.InvalidToken.Errorf("the token exceeds its grant")
	}
	return nil
}

// liveGrant reads a person's grant and the person. A grant without offline_access
// is over when its session is.
func (i *Issuer) liveGrant(ctx context.Context, id, grant string) (identity.User, family, error) {
	f, version, err := store.Load[family](ctx, i.state, grantKey(id, grant))
	if errors.Is(err, store.ErrNotFound) {
		return identity.User{}, f, errGrantGone() // the cause names the person, and would be logged
	}
	if err != nil {
		return identity.User{}, f, err
	}
	f.version = version
	var user identity.User
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		user, err = i.liveUser(ctx, id, f.Epoch)
		return err
	})
	if !f.offline() {
		group.Go(func() error {
			return i.sessionLives(ctx, id, f.SessionID)
		})
	}
	err = group.Wait()
	return user, f, err
}

// sessionLives returns invalid_grant when the session is over. Its cause would name
// the person in the log.
func (i *Issuer) sessionLives(ctx context.Context, user, sid string) error {
	_, err := i.sessions.Get(ctx, user, sid)
	if errors.Is(err, store.ErrNotFound) {
		return oauth.InvalidGrant.Errorf("the person has signed out")
	}
	return err
}

// absent returns invalid_token when there is a record at key.
func (i *Issuer) absent(ctx context.Context, key store.Key) error {
	_, err := i.state.Get(ctx, key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	default:
		return oauth.InvalidToken.Errorf("the token has been revoked")
	}
}

// gone turns "what stood behind the token is no more" into invalid_token, and
// leaves every other error alone.
func gone(err error) error {
	if errors.Is(err, store.ErrNotFound) || oauth.InvalidGrant.In(err) {
		return oauth.InvalidToken.Errorf("the token has been revoked: %w", err)
	}
	return err
}

// refusal reports whether err is a verdict on what was presented, and not an
// outage of ours, after which nothing may be claimed about it.
func refusal(err error) bool {
	var expected *oauth.Error
	return errors.As(err, &expected) && !expected.Code.Ours()
}

// looksLikeJWT tells an access token from a refresh token, both of which have two
// dots: a JWS header begins with an encoded brace.
func looksLikeJWT(token string) bool { return strings.HasPrefix(token, "ey") }

// mayInspect reports whether the client is the token's owner or its audience.
func mayInspect(client oauth.Client, t oauth.AccessToken) bool {
	if t.ClientID == client.ID || slices.Contains(t.Audience, client.ID) {
		return true
	}
	return slices.ContainsFunc(t.Audience, func(a string) bool { return slices.Contains(client.Resource, a) })
}
