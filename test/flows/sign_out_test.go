package flows

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/faults"
)

// signedIn is a session of alice's that the client knows of.
func (s *site) signedIn(t *testing.T) identity.SignedIn {
	t.Helper()
	alice, err := s.people.ByUsername(t.Context(), "alice")
	must(t, err)
	signedIn, _, err := s.sessions.Begin(t.Context(), alice, identity.Authentication{Time: time.Now()}, nil)
	must(t, err)
	must(t, s.sessions.AddClient(t.Context(), signedIn.ID, alice.ID, oauth.Client{ID: clientID}))
	return signedIn
}

// deliver drains the outbox to a client that takes everything, and counts.
func (s *site) deliver(t *testing.T) (told int, err error) {
	t.Helper()
	_, err = s.outbox.Drain(t.Context(), func(ctx context.Context, m outbox.Message) error {
		return s.issuer.DeliverLogout(ctx, m, func(context.Context, string, url.Values) (int, error) {
			told++
			return 200, nil
		})
	})
	return told, err
}

// The end of a session and the message that tells of it are both there, or neither:
// whatever fails, trying again ends the session, and the client is told once.
func TestF20SignOut(t *testing.T) {
	w := newWorld(t)
	clean := w.open(t, faults.None())
	count := faults.None()
	_, err := w.open(t, count).issuer.SignOut(t.Context(), clean.signedIn(t))
	must(t, err)
	if told, err := clean.deliver(t); err != nil || told != 1 {
		t.Fatalf("without a fault: told %d times: %v", told, err)
	}
	for n := range count.Operations() {
		for _, kind := range faults.All() {
			for _, plan := range []*faults.Plan{faults.Nth(n+1, kind), faults.From(n+1, kind)} {
				t.Run(plan.String(), func(t *testing.T) {
					signedIn := clean.signedIn(t)
					if _, err := w.open(t, plan).issuer.SignOut(t.Context(), signedIn); err != nil {
						_, err = clean.issuer.SignOut(t.Context(), signedIn)
						must(t, err)
					}
					if _, err := clean.sessions.Get(t.Context(), signedIn.UserID, signedIn.ID); !errors.Is(err, store.ErrNotFound) {
						t.Errorf("the session lives: %v", err)
					}
					if told, err := clean.deliver(t); err != nil || told != 1 {
						t.Errorf("the client was told %d times: %v", told, err)
					}
				})
			}
		}
	}
}

// A message is delivered before it is removed: of a drainer that fails anywhere, it
// is told or left to the next.
func TestF20Deliver(t *testing.T) {
	w := newWorld(t)
	clean := w.open(t, faults.None())
	queue := func() {
		_, err := clean.issuer.SignOut(t.Context(), clean.signedIn(t))
		must(t, err)
	}
	queue()
	count := faults.None()
	_, err := w.open(t, count).deliver(t)
	must(t, err)
	for n := range count.Operations() {
		for _, kind := range faults.All() {
			plan := faults.Nth(n+1, kind)
			queue()
			told, err := w.open(t, plan).deliver(t)
			if told != 1 {
				t.Errorf("%s: told %d times, although DynamoDB failed but once: %v", plan, told, err)
			}
			if left, _ := clean.deliver(t); left != 0 {
				t.Errorf("%s: told %d times more", plan, left)
			}
		}
	}
}
