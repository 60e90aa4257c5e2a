package identity

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// snapshot is a user as it was before a change, which may write through its pointers.
type snapshot struct {
	disabled bool
	json     json.RawMessage
}

func snapshotOf(user User) snapshot {
	encoded, _ := json.Marshal(user) // made of text, numbers and times
	return snapshot{user.Disabled, encoded}
}

// changed names what is another than it was.
func (s snapshot) changed(now User) []string {
	return audit.Changed(s.json, now, "updated_at", "epoch", "disabled", "groups")
}

// recordChange records an update as what it was: somebody is kept out, or let in again,
// or something else of them was changed, or several of these.
func (u *Users) recordChange(ctx context.Context, was snapshot, is User) {
	switch {
	case is.Disabled && !was.disabled:
		u.trail.Record(ctx, audit.Event{Kind: audit.UserDisabled, Subject: is.ID})
	case !is.Disabled && was.disabled:
		u.trail.Record(ctx, audit.Event{Kind: audit.UserEnabled, Subject: is.ID})
	}
	if names := was.changed(is); len(names) > 0 {
		u.trail.Record(ctx, audit.Event{Kind: audit.UserChanged, Subject: is.ID, Changed: names})
	}
}

// recordGroups records who has come into which groups, and who has left.
func (u *Users) recordGroups(ctx context.Context, id string, before, after []string) {
	for _, name := range after {
		if !slices.Contains(before, name) {
			u.trail.Record(ctx, audit.Event{Kind: audit.GroupJoined, Subject: id, Object: name})
		}
	}
	for _, name := range before {
		if !slices.Contains(after, name) {
			u.trail.Record(ctx, audit.Event{Kind: audit.GroupLeft, Subject: id, Object: name})
		}
	}
}

// adds is who adds a person: they themselves, where they sign up or move in.
func adds(ctx context.Context, how audit.Kind, id string) audit.Actor {
	if how == audit.UserSignedUp || how == audit.UserMovedIn {
		return audit.Acting(ctx, audit.Person(id))
	}
	return audit.OriginOf(ctx).Actor
}

// recordBegun records that somebody has signed in, and that the session of somebody else
// in the same browser has ended by it.
func (s *Sessions) recordBegun(ctx context.Context, begun Session, how Authentication, replaces *SignedIn) {
	s.trail.Record(ctx, audit.Event{
		Kind: audit.SignInSucceeded, Subject: begun.UserID, Actor: audit.Person(begun.UserID), Session: begun.ID,
		Method: strings.Join(how.AMR, " "), Address: how.Address, UserAgent: how.UserAgent,
	})
	if replaces != nil && replaces.UserID != begun.UserID {
		s.trail.Record(ctx, audit.Event{
			Kind: audit.SessionEnded, Subject: replaces.UserID, Session: replaces.ID, Actor: audit.Person(begun.UserID),
		})
	}
}

// change is rewriteAt of a client's metadata, recorded.
func (c *Clients) change(ctx context.Context, id, version string, change func(*oauth.Client) error) (oauth.Client, error) {
	var was json.RawMessage
	client, err := c.rewriteAt(ctx, id, version, func(client *oauth.Client) (err error) {
		if was, err = json.Marshal(client.ClientMetadata); err != nil {
			return wrap("encode client", err)
		}
		return change(client)
	})
	if err == nil {
		c.trail.Record(ctx, audit.Event{Kind: audit.ClientChanged, Client: id, Changed: audit.Changed(was, client.ClientMetadata)})
	}
	return client, err
}

func (k *APIKeys) recordHold(ctx context.Context, key APIKey) {
	kind := audit.APIKeyEnabled
	if key.Disabled {
		kind = audit.APIKeyDisabled
	}
	k.trail.Record(ctx, audit.Event{Kind: kind, Object: key.ID, Client: key.ClientID})
}

// recordRestored records a person or a client that came out of an archive. What lies with
// them came with them.
func (a *Archive) recordRestored(ctx context.Context, key store.Key) {
	switch {
	case key.Sort == userKey("").Sort:
		id := strings.TrimPrefix(key.Partition, Partition(""))
		a.users.trail.Record(ctx, audit.Event{Kind: audit.UserImported, Subject: id, Method: "archive"})
	case key == clientKey(key.Sort):
		a.users.trail.Record(ctx, audit.Event{Kind: audit.ClientRegistered, Client: key.Sort, Method: "archive"})
	}
}
