package identity_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func TestO44AnIdentityIsOnePersonsOfManyWhoWantItAtOnce(t *testing.T) {
	users := newUsers(t)
	l := identity.Linked{Issuer: "https://there.example.com", Subject: "jo", Provider: "there"}
	var won atomic.Int32
	var wg sync.WaitGroup
	for n := range 16 {
		user, err := users.Add(t.Context(), identity.NewUser{Username: "user" + string(rune('a'+n))})
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			switch err := users.Link(t.Context(), user.ID, l); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, identity.ErrTaken):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d people have it", won.Load())
	}
}

// others is whether somebody signs in by a passkey, too.
func others(has bool) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return has, nil }
}

func TestOfTwoLastWaysTakenAtOnceOneStays(t *testing.T) {
	users := newUsers(t)
	one := identity.Linked{Issuer: "https://one.example.com", Subject: "jo"}
	other := identity.Linked{Issuer: "https://other.example.com", Subject: "jo"}
	user, err := users.AddLinked(t.Context(), identity.NewUser{Username: "jo"}, one)
	if err != nil {
		t.Fatal(err)
	}
	if err := users.Link(t.Context(), user.ID, other); err != nil {
		t.Fatal(err)
	}
	var last atomic.Int32
	var wg sync.WaitGroup
	for _, l := range []identity.Linked{one, other} {
		wg.Go(func() {
			if err := users.Unlink(t.Context(), user.ID, l.ID(), others(false)); errors.Is(err, identity.ErrLastWay) {
				last.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if linked, err := users.Linked(t.Context(), user.ID); err != nil || len(linked) != 1 || last.Load() != 1 {
		t.Errorf("got %v %v after %d refusals", linked, err, last.Load())
	}
}

func TestWhatElseASignInMayRestOn(t *testing.T) {
	users := newUsers(t)
	l := identity.Linked{Issuer: "https://one.example.com", Subject: "jo"}
	by := func(n identity.NewUser) string {
		user, err := users.AddLinked(t.Context(), n, l)
		if err != nil {
			t.Fatal(err)
		}
		return user.ID
	}
	id := by(identity.NewUser{Username: "jo", Password: oauth.Secret("correct horse battery staple")})
	if err := users.Unlink(t.Context(), id, l.ID(), others(false)); err != nil {
		t.Errorf("there is a password: %v", err)
	}
	if err := users.Unlink(t.Context(), id, l.ID(), others(false)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("twice: got %v", err)
	}
	id = by(identity.NewUser{Username: "al"})
	if err := users.Unlink(t.Context(), id, l.ID(), others(true)); err != nil {
		t.Errorf("there is a passkey: %v", err)
	}
}

// What is left of a person who is no more opens nothing, even where another has their ID.
func TestWhatIsLeftOfALinkOpensNothing(t *testing.T) {
	users := newUsers(t)
	l := identity.Linked{Issuer: "https://one.example.com", Subject: "jo"}
	user, err := users.AddLinked(t.Context(), identity.NewUser{ID: "same", Username: "jo"}, l)
	if err != nil {
		t.Fatal(err)
	}
	if err := users.Delete(t.Context(), user.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := users.Add(t.Context(), identity.NewUser{ID: "same", Username: "al"}); err != nil {
		t.Fatal(err)
	}
	if got, err := users.ByLinked(t.Context(), l.Issuer, l.Subject); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %+v %v", got, err)
	}
	for _, bad := range []identity.Linked{{}, {Issuer: "https://one.example.com"}, {Subject: "jo"}} {
		if err := users.Link(t.Context(), "same", bad); !oauth.InvalidRequest.In(err) {
			t.Errorf("%+v: got %v", bad, err)
		}
	}
	if err := users.Link(t.Context(), "nobody", l); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// One of the two records alone leads to nobody: so it is where a deletion broke off.
func TestHalfALinkOpensNothing(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, lockout)
	l := identity.Linked{Issuer: "https://one.example.com", Subject: "jo"}
	user, err := users.AddLinked(t.Context(), identity.NewUser{Username: "jo"}, l)
	if err != nil {
		t.Fatal(err)
	}
	theirs := store.Key{Partition: identity.Partition(user.ID), Sort: "identity#" + l.ID()}
	if err := table.Write(t.Context(), store.Delete(theirs)); err != nil {
		t.Fatal(err)
	}
	if got, err := users.ByLinked(t.Context(), l.Issuer, l.Subject); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %+v %v", got, err)
	}
	if err := users.Link(t.Context(), user.ID, l); err != nil { // and is mended
		t.Error(err)
	}
	if got, err := users.ByLinked(t.Context(), l.Issuer, l.Subject); err != nil || got.ID != user.ID {
		t.Errorf("got %+v %v", got, err)
	}
}
