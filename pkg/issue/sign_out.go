package issue

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/audit"
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
	return i.endSession(ctx, signedIn.User.ID, signedIn.ID, audit.SignedOut)
}

// EndSession is SignOut by somebody who is not in the session's browser: the back
// channel alone is told.
func (i *Issuer) EndSession(ctx context.Context, userID, sid string) error {
	_, err := i.endSession(ctx, userID, sid, audit.SessionEnded)
	return err
}

// SignOutEverywhere ends all that the person is signed in to, offline grants too.
// From the first write on nothing of it is good; when it breaks off after that,
// clients are told by doing it again.
func (i *Issuer) SignOutEverywhere(ctx context.Context, userID string) error {
	if err := i.users.SignOutEverywhere(ctx, userID); err != nil {
		return err
	}
	return i.EndAll(ctx, userID)
}

// EndAll ends the person's grants and sessions one by one and tells the clients. It
// is for whoever has disabled or deleted the person, or changed the password; what
// it left when it broke off it does when it is called again.
func (i *Issuer) EndAll(ctx context.Context, userID string) error {
	if err := i.endGrants(ctx, userID, func(family) bool { return true }); err != nil {
		return err
	}
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

// endSession ends the session as it stands, with what was granted in it. When another
// client joins it meanwhile, or one of its grants ends, the write fails and is done
// again. A grant that was opened in this very moment is looked for afterwards. how is
// what it is recorded as.
func (i *Issuer) endSession(ctx context.Context, userID, sid string, how audit.Kind) ([]string, error) {
	frontchannel, err := i.endSessionRecord(ctx, userID, sid, how)
	if err != nil {
		return nil, err
	}
	return frontchannel, i.endGrants(ctx, userID, grantedIn(sid))
}

// grantedIn is true of grants that are over when the session is.
func grantedIn(sid string) func(family) bool {
	return func(f family) bool { return f.SessionID == sid && !f.offline() }
}

func (i *Issuer) endSessionRecord(ctx context.Context, userID, sid string, how audit.Kind) ([]string, error) {
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
		grants, err := i.grantsOf(ctx, userID, grantedIn(sid))
		if err != nil {
			return nil, err
		}
		for _, grant := range grants {
			changes = append(changes, i.ending(grant.key, grant.family)...)
		}
		err = i.writeFromTheEnd(ctx, changes)
		var conflict *store.Conflict
		if errors.As(err, &conflict) {
			continue
		}
		if err == nil {
			i.trail.Record(ctx, audit.Event{Kind: how, Subject: userID, Session: sid, Actor: endsSession(ctx, userID, how)})
		}
		return frontchannel, err
	}
}

// writeFromTheEnd writes all of the changes at once, or, where one write cannot hold
// them, the last ones first, so that none is lost: what the first change ends is
// there until the others are written.
func (i *Issuer) writeFromTheEnd(ctx context.Context, changes []store.Change) error {
	for len(changes) > store.MaxChanges {
		excess := changes[len(changes)-(store.MaxChanges-1):]
		if err := i.state.Write(ctx, excess...); err != nil {
			return err
		}
		changes = changes[:len(changes)-len(excess)]
	}
	return i.state.Write(ctx, changes...)
}

// told returns the clients that know of the session, without those that are no more:
// whoever has the ID of one now was never told of it.
func (i *Issuer) told(ctx context.Context, session identity.Session) ([]oauth.Client, error) {
	clients := make([]oauth.Client, len(session.Clients))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for n, joined := range session.Clients {
		group.Go(func() error {
			client, err := i.clients.Get(ctx, joined.ID)
			if errors.Is(err, store.ErrNotFound) || err == nil && !joined.Is(client) {
				return nil
			}
			clients[n] = client
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
