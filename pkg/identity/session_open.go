package identity

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// sessionTouch is how exactly it is known when a session was last used, so that
// being signed in costs one write a minute at most.
const sessionTouch = time.Minute

// Open returns the session of a handle and counts as use of it. The error is
// store.ErrNotFound when there is none or it has ended: by time, by End, because
// its person signed in again, out everywhere, or was disabled.
func (s *Sessions) Open(ctx context.Context, handle oauth.Secret) (SignedIn, error) {
	h, err := parseSessionHandle(handle)
	if err != nil {
		return SignedIn{}, err
	}
	var kept sessionRecord
	var version string
	var user User
	group, reading := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		kept, version, err = s.load(reading, h.userID, h.sid)
		return err
	})
	group.Go(func() (err error) {
		user, err = s.users.Get(reading, h.userID)
		return err
	})
	if err := group.Wait(); err != nil {
		return SignedIn{}, err
	}
	if !h.opens(kept) {
		return SignedIn{}, fmt.Errorf("%w: %w", errHandle, store.ErrNotFound)
	}
	if err := s.over(kept.Session, user); err != nil {
		return SignedIn{}, err
	}
	return SignedIn{s.touch(ctx, kept, version), user}, nil
}

// touch notes that the session is in use. Whoever wrote at the same time, be it
// another tab or the session's end, has the last word; and when the store fails,
// the next use does it.
func (s *Sessions) touch(ctx context.Context, kept sessionRecord, version string) Session {
	now := s.now().UTC()
	if now.Sub(kept.Used) < sessionTouch {
		return kept.Session
	}
	touched := kept
	touched.Used, touched.Expires = now, s.expires(kept.AuthTime, now)
	if s.state.Write(ctx, s.put(touched).IfVersion(version)) != nil {
		return kept.Session
	}
	return touched.Session
}
