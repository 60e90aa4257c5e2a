package issue

import (
	"context"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// What is recorded here is what a rule has decided. A token that is minted is not: a
// refresh costs one write and a client's own token none, and three more for each would
// buy what the log line of the request says already.

// endsSession is who ends a session: its person, where they sign out themselves.
func endsSession(ctx context.Context, userID string, how audit.Kind) audit.Actor {
	if how == audit.SignedOut {
		return audit.Acting(ctx, audit.Person(userID))
	}
	return audit.OriginOf(ctx).Actor
}

func (i *Issuer) recordConsent(ctx context.Context, userID string, given ConsentRecord, asked oauth.Scope) {
	i.trail.Record(ctx, audit.Event{
		Kind: audit.ConsentGiven, Subject: userID, Client: given.ClientID, Actor: audit.Acting(ctx, audit.Person(userID)), Changed: asked,
	})
}

// recordGrantEnded records the end of a grant by itself. One that goes with its session
// goes with the session's event.
func (i *Issuer) recordGrantEnded(ctx context.Context, key store.Key, f family) {
	i.trail.Record(ctx, audit.Event{
		Kind: audit.GrantEnded, Subject: subjectOf(key), Client: f.ClientID, Session: f.SessionID, Grant: grantOf(key),
		Actor: audit.Acting(ctx, audit.System("end of a grant")),
	})
}

// recordRevoked records that a client gave back a token of the grant at key, of none
// where key is zero, unless it failed.
func (i *Issuer) recordRevoked(ctx context.Context, client oauth.Client, key store.Key, what string, failed error) error {
	if failed == nil {
		i.trail.Record(ctx, audit.Event{
			Kind: audit.TokenRevoked, Client: client.ID, Subject: subjectOf(key), Grant: grantOf(key), Method: what,
			Actor: audit.Acting(ctx, audit.Client(client.ID)),
		})
	}
	return failed
}

// subjectOf and grantOf read where a grant lies: see grantKey.
func subjectOf(key store.Key) string {
	return strings.TrimPrefix(key.Partition, identity.Partition(""))
}

func grantOf(key store.Key) string { return strings.TrimPrefix(key.Sort, "grant#") }
