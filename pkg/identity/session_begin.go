package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Begin signs a person in, and returns the handle that their browser is to keep.
// Whoever planted a handle in a browser before, or copied one, would be signed in
// with its owner; so every sign-in, the second one of the same person too, makes a
// new secret and the one before opens nothing from then on (session fixation).
//
// replaces is the session that the browser had, if any: it ends. Only where it was
// the same person's do its sid and clients live on, so that a client told of both
// sees one session.
func (s *Sessions) Begin(ctx context.Context, user User, how Authentication, replaces *SignedIn) (SignedIn, oauth.Secret, error) {
	if user.ID == "" {
		return SignedIn{}, "", errors.New("identity: a session of nobody")
	}
	secret := newSessionSecret()
	for {
		kept := s.begun(user, how)
		kept.Secret = secret.Hash()
		changes, err := s.succeed(ctx, &kept, replaces)
		if err != nil {
			return SignedIn{}, "", err
		}
		err = s.state.Write(ctx, append(changes, s.foundBy(kept)...)...)
		if outrun(err, sessionKey(kept.UserID, kept.ID)) {
			continue // the session has changed, or ended, since it was read
		}
		if err != nil {
			return SignedIn{}, "", wrap("begin session", err)
		}
		s.recordBegun(ctx, kept.Session, how, replaces)
		handle := sessionHandle{userID: kept.UserID, sid: kept.ID, secret: secret}
		return SignedIn{kept.Session, user}, handle.encode(), nil
	}
}

// begun is the record of a session that follows no other.
func (s *Sessions) begun(user User, how Authentication) sessionRecord {
	now := s.now().UTC()
	return sessionRecord{Session: Session{
		ID: rand.Text(), UserID: user.ID, AuthTime: how.Time.UTC(), AMR: how.AMR, ACR: how.ACR,
		Created: now, Used: now, Expires: s.expires(how.Time.UTC(), now), Epoch: user.Epoch,
		UserAgent: shortened(how.UserAgent), Address: how.Address, Elsewhere: how.Elsewhere,
	}}
}

// succeed returns the changes that put next in the place of the session before.
func (s *Sessions) succeed(ctx context.Context, next *sessionRecord, before *SignedIn) ([]store.Change, error) {
	if before == nil {
		return []store.Change{s.put(*next).IfAbsent()}, nil
	}
	if before.UserID != next.UserID {
		return []store.Change{s.put(*next).IfAbsent(), store.Delete(sessionKey(before.UserID, before.ID))}, nil
	}
	kept, version, err := s.load(ctx, before.UserID, before.ID)
	if isNotFound(err) || err == nil && kept.Epoch != next.Epoch { // it was ended, and its clients told
		return []store.Change{s.put(*next).IfAbsent()}, nil
	}
	if err != nil {
		return nil, err
	}
	next.ID, next.Created, next.Clients = kept.ID, kept.Created, kept.Clients
	return []store.Change{s.put(*next).IfVersion(version)}, nil
}

const maxUserAgentBytes = 256

// shortened bounds what a stranger sends; half a character at its end goes too.
func shortened(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxUserAgentBytes)], "")
}
