package identity_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// meddled is a table in which something else happens right before the next write.
type meddled struct {
	store.Table
	before func()
}

func (m *meddled) Write(ctx context.Context, changes ...store.Change) error {
	if before := m.before; before != nil {
		m.before = nil
		before()
	}
	return m.Table.Write(ctx, changes...)
}

// meddle has the session of s ended by somebody else right before the next write.
func (s *signedIn) meddle(t testing.TB) *identity.Sessions {
	t.Helper()
	return identity.NewSessions(&meddled{s.state, func() {
		if err := s.sessions.End(t.Context(), s.alice.ID, s.ID); err != nil {
			t.Error(err)
		}
	}}, s.users, sessionLimits)
}

func TestUsingASessionRevivesItNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := signIn(t)
		time.Sleep(2 * time.Minute)
		if _, err := s.meddle(t).Open(t.Context(), s.handle); err != nil {
			t.Fatal(err)
		}
		if !s.isOver(t, s.handle) {
			t.Error("a use that overlapped with the end has the last word")
		}
	})
}

func TestAClientThatComesTooLateRevivesNoSession(t *testing.T) {
	s := signIn(t)
	if err := s.meddle(t).AddClient(t.Context(), s.ID, s.alice.ID, oauth.Client{ID: "app"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if !s.isOver(t, s.handle) {
		t.Error("it lives again")
	}
}

func TestASignInThatOverlapsWithTheEndMakesANewSession(t *testing.T) {
	s := signIn(t)
	again, handle, err := s.meddle(t).Begin(t.Context(), s.alice, identity.Authentication{Time: time.Now()}, &s.SignedIn)
	if err != nil {
		t.Fatal(err)
	}
	if again.ID == s.ID || s.isOver(t, handle) {
		t.Errorf("got sid %s, want another that is good", again.ID)
	}
}

func TestSigningInAfterSigningOutEverywhereMakesANewSession(t *testing.T) {
	s := signIn(t)
	if err := s.users.SignOutEverywhere(t.Context(), s.alice.ID); err != nil {
		t.Fatal(err)
	}
	user, err := s.users.Get(t.Context(), s.alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	if again, handle := s.begin(t, user, &s.SignedIn); again.ID == s.ID || s.isOver(t, handle) {
		t.Errorf("got sid %s, want another that is good", again.ID)
	}
}

func TestADisabledPersonHasNoSession(t *testing.T) {
	s := signIn(t)
	bob := add(t, s.users, identity.NewUser{Username: "bob", Disabled: true})
	if _, handle := s.begin(t, bob, nil); !s.isOver(t, handle) {
		t.Error("it is good")
	}
}

func TestWhatABrowserCallsItselfIsBounded(t *testing.T) {
	s := signIn(t)
	how := identity.Authentication{Time: time.Now(), UserAgent: strings.Repeat("é", 1<<20)}
	begun, _, err := s.sessions.Begin(t.Context(), s.alice, how, nil)
	if err != nil || len(begun.UserAgent) != 256 {
		t.Errorf("got %d bytes and %v", len(begun.UserAgent), err)
	}
	how.UserAgent = "a" + how.UserAgent
	if begun, _, err = s.sessions.Begin(t.Context(), s.alice, how, nil); err != nil || len(begun.UserAgent) != 255 {
		t.Errorf("got %d bytes and %v, want half a character gone", len(begun.UserAgent), err)
	}
}

// Two registrations at once find no salt; the one that comes second must not make
// every sub of the first wrong.
func TestASaltIsNeverReplaced(t *testing.T) {
	clients, _ := newClients(t)
	m := pairwise("https://app.example.com/back")
	var first string
	table, sealer := identity.Opened(clients)
	late := identity.NewClients(&meddled{table, func() { first = subjectFor(t, clients, m, "alice") }}, sealer)
	if second := subjectFor(t, late, m, "alice"); second != first {
		t.Errorf("got %s, then %s", first, second)
	}
}
