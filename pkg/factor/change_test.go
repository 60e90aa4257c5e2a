package factor_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func (s *site) addsPasskey(user identity.User, id string) (factor.Passkey, error) {
	return s.factors.AddPasskey(s.t.Context(), user.ID, factor.Passkey{ID: []byte(id), PublicKey: []byte("a key"), Name: "Key"})
}

// Of a passkey and an identity elsewhere that are given up at once, or of two passkeys,
// one stays where there is no password.
func TestOfTwoLastWaysGivenUpAtOnceOneStays(t *testing.T) {
	s := open(t)
	for name, second := range map[string]func(identity.User) func() error{
		"two passkeys": func(jo identity.User) func() error {
			p, err := s.addsPasskey(jo, jo.ID+"2")
			must(t, err)
			return func() error { return s.factors.GiveUpPasskey(t.Context(), jo.ID, p.Handle()) }
		},
		"a passkey and an identity": func(jo identity.User) func() error {
			l := identity.Linked{Issuer: "https://one.example.com", Subject: jo.ID}
			must(t, s.people.Link(t.Context(), jo.ID, l))
			return func() error {
				return s.people.Unlink(t.Context(), jo.ID, l.ID(), func(ctx context.Context) (bool, error) { return s.factors.HasPasskey(ctx, jo.ID) })
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			jo := s.add(strings.ReplaceAll(name, " ", "-"))
			p, err := s.addsPasskey(jo, jo.ID+"1")
			must(t, err)
			takes := []func() error{second(jo), func() error { return s.factors.GiveUpPasskey(t.Context(), jo.ID, p.Handle()) }}
			s.users.meet(2, "factor#") // both have seen what the other is about to take
			refused := make([]error, len(takes))
			var wg sync.WaitGroup
			for n, take := range takes {
				wg.Go(func() { refused[n] = take() })
			}
			wg.Wait()
			for _, err := range refused {
				if err != nil && !errors.Is(err, identity.ErrLastWay) {
					t.Error(err)
				}
			}
			if (refused[0] == nil) == (refused[1] == nil) {
				t.Errorf("got %v", refused)
			}
			must(t, s.factors.RemoveAll(t.Context(), jo.ID)) // an administrator may
		})
	}
}

// A factor of nobody would be that of a later person of the same sub.
func TestNobodyIsGivenAFactor(t *testing.T) {
	s := open(t)
	gone, err := s.people.Add(t.Context(), identity.NewUser{ID: "gone", Username: "gone"})
	must(t, err)
	kept, err := s.people.Add(t.Context(), identity.NewUser{Username: "kept", Disabled: true})
	must(t, err)
	must(t, s.people.Delete(t.Context(), gone.ID))
	for _, who := range []identity.User{gone, kept} {
		offer, err := s.factors.OfferApp(t.Context(), who.ID, browser)
		must(t, err)
		_, passkey := s.addsPasskey(who, who.ID)
		_, codes := s.factors.NewRecoveryCodes(t.Context(), who.ID)
		_, first := s.factors.FirstRecoveryCodes(t.Context(), who.ID)
		app := s.factors.AddApp(t.Context(), who, offer, install(t, offer).code(time.Now()), "")
		for what, err := range map[string]error{"a passkey": passkey, "codes": codes, "first codes": first, "an app": app} {
			if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, identity.ErrMoved) {
				t.Errorf("%s for %s: got %v", what, who.Username, err)
			}
		}
		if set, err := s.factors.Of(t.Context(), who.ID); err != nil || set.Any() || set.RecoveryCodes > 0 {
			t.Errorf("%s has %+v %v", who.Username, set, err)
		}
	}
}

// With the last factor the recovery codes go: they would stand in for the next one, too.
func TestRecoveryCodesGoWithTheLastFactor(t *testing.T) {
	s := open(t)
	p, err := s.addsPasskey(s.alice, "one")
	must(t, err)
	s.withApp(s.alice)
	first, err := s.factors.FirstRecoveryCodes(t.Context(), s.alice.ID)
	must(t, err)
	if again, err := s.factors.FirstRecoveryCodes(t.Context(), s.alice.ID); err != nil || len(first) == 0 || len(again) > 0 {
		t.Errorf("got %d and %d codes, %v", len(first), len(again), err)
	}
	must(t, s.factors.RemovePasskey(t.Context(), s.alice.ID, p.Handle()))
	if set, err := s.factors.Of(t.Context(), s.alice.ID); err != nil || set.RecoveryCodes == 0 {
		t.Errorf("with an app left: %+v %v", set, err)
	}
	must(t, s.factors.RemoveApp(t.Context(), s.alice.ID))
	if set, err := s.factors.Of(t.Context(), s.alice.ID); err != nil || set.RecoveryCodes > 0 {
		t.Errorf("with nothing left: %+v %v", set, err)
	}
}

// Whose factors change hears of it, once, and not where nothing has changed; and where they
// cannot be told nothing changes.
func TestPeopleHearOfChangesToTheirFactors(t *testing.T) {
	s := open(t)
	var told []factor.Change
	var silence error
	s.factors.NotifyBy(func(_ context.Context, who identity.User, what factor.Change) error {
		if who.Username != "alice" {
			t.Errorf("%s is told", who.Username)
		}
		told = append(told, what)
		return silence
	})
	id := s.alice.ID
	p, err := s.addsPasskey(s.alice, "one")
	must(t, err)
	s.withApp(s.alice)
	for _, change := range []func(context.Context, string) error{
		func(ctx context.Context, id string) error {
			_, err := s.factors.FirstRecoveryCodes(ctx, id)
			return err
		}, // with the app
		func(ctx context.Context, id string) error { _, err := s.factors.NewRecoveryCodes(ctx, id); return err },
		s.factors.RemoveRecoveryCodes, s.factors.RemoveRecoveryCodes,
		s.factors.RemoveApp, s.factors.RemoveApp,
		func(ctx context.Context, id string) error { return s.factors.RemovePasskey(ctx, id, p.Handle()) },
		s.factors.RemoveAll,
		func(ctx context.Context, id string) error { _, err := s.addsPasskey(s.alice, "two"); return err },
		s.factors.RemoveAll,
		func(ctx context.Context, id string) error { _, err := s.addsPasskey(s.alice, "three"); return err },
		s.factors.Forget, // who is deleted has a letter of its own
	} {
		must(t, change(t.Context(), id))
	}
	want := []factor.Change{
		factor.PasskeyAdded, factor.AppAdded, factor.CodesMade, factor.CodesRemoved, factor.AppRemoved, factor.PasskeyRemoved,
		factor.PasskeyAdded, factor.AllRemoved, factor.PasskeyAdded,
	}
	if !slices.Equal(told, want) {
		t.Errorf("told of %q", told)
	}
	silence = errors.New("no outbox")
	if _, err := s.addsPasskey(s.alice, "four"); !errors.Is(err, silence) {
		t.Errorf("got %v", err)
	}
	if set, err := s.factors.Of(t.Context(), id); err != nil || set.Any() {
		t.Errorf("in silence: %+v %v", set, err)
	}
}
