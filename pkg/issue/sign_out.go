package issue

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// SignOut ends a session, and with it every grant made in it without offline_access
// (OpenID Connect Core §11). Its clients will hear of it by the back channel: the
// messages are written together with the end, and nobody waits for their delivery.
// It returns what the page is to load, one frame each, so that the clients hear of
// it by the front channel too (Front-Channel Logout §2).
func (i *Issuer) SignOut(ctx context.Context, signedIn identity.SignedIn) (frontchannel []string, err error) {
	return i.endSession(ctx, signedIn.User.ID, signedIn.ID)
}

// EndSession is SignOut by somebody who is not in the session's browser: the back
// channel alone is told.
func (i *Issuer) EndSession(ctx context.Context, userID, sid string) error {
	_, err := i.endSession(ctx, userID, sid)
	return err
}

// SignOutEverywhere ends all that the person is signed in to, offline grants too.
// From the first write on nothing of it is good; when it breaks off after that,
// clients are told by doing it again.
func (i *Issuer) SignOutEverywhere(ctx context.Context, userID string) error {
	if err := i.users.SignOutEverywhere(ctx, userID); err != nil {
		return err
	}
	return i.EndSessions(ctx, userID)
}

// EndSessions ends the person's sessions one by one and tells their clients. It is
// for whoever has disabled or deleted the person, or changed the password.
func (i *Issuer) EndSessions(ctx context.Context, userID string) error {
	sids, err := i.sessions.Unended(ctx, userID)
	if err != nil {
		return err
	}
	for _, sid := range sids {
		if err := i.EndSession(ctx, userID, sid); err != nil {
			return err
		}
	}
	return nil
}

// endSession ends the session as it stands. When another client joins it meanwhile,
// the write fails and is done again with that client too.
func (i *Issuer) endSession(ctx context.Context, userID, sid string) ([]string, error) {
	for {
		session, ending, err := i.sessions.Ending(ctx, userID, sid)
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil // ended before
		}
		if err != nil {
			return nil, err
		}
		clients, err := i.told(ctx, session)
		if err != nil {
			return nil, err
		}
		frontchannel, err := i.frontchannel(ctx, clients, sid)
		if err != nil {
			return nil, err
		}
		changes := []store.Change{ending}
		for _, client := range clients {
			if client.BackchannelLogoutURI != "" {
				changes = append(changes, i.outbox.Put(LogoutMessage, logoutMessage{client.ID, userID, sid}))
			}
		}
		// More than one write can hold go before the end, so that none is lost.
		for len(changes) > store.MaxChanges {
			excess := changes[len(changes)-(store.MaxChanges-1):]
			if err := i.state.Write(ctx, excess...); err != nil {
				return nil, err
			}
			changes = changes[:len(changes)-len(excess)]
		}
		err = i.state.Write(ctx, changes...)
		var conflict *store.Conflict
		if errors.As(err, &conflict) && conflict.Key == ending.Key {
			continue
		}
		return frontchannel, err
	}
}

// told returns the clients that know of the session, without those that are no more.
func (i *Issuer) told(ctx context.Context, session identity.Session) ([]oauth.Client, error) {
	clients := make([]oauth.Client, len(session.Clients))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for n, id := range session.Clients {
		group.Go(func() (err error) {
			clients[n], err = i.clients.Get(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(clients, func(c oauth.Client) bool { return c.ID == "" }), err
}

// frontchannel returns the clients' front-channel logout URIs. Each gets iss and sid,
// whether it demands them or not: one without the other would mean nothing
// (Front-Channel Logout §2).
func (i *Issuer) frontchannel(ctx context.Context, clients []oauth.Client, sid string) ([]string, error) {
	var uris []string
	for _, client := range clients {
		if client.FrontchannelLogoutURI == "" {
			continue
		}
		known, err := i.clients.SessionID(ctx, client, sid)
		if err != nil {
			return nil, err
		}
		uris = append(uris, withQuery(client.FrontchannelLogoutURI, url.Values{"iss": {i.cfg.Issuer}, "sid": {known}}))
	}
	return uris, nil
}
