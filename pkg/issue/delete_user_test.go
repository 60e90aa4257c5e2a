package issue_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/ring"
)

// outage is when the tables go away: with the answer to a request, which is carried out.
// That is the same as before the next one.
type outage struct {
	mu    sync.Mutex
	left  int // requests until then; not positive: never
	begun bool
}

// in has the tables go away in so many requests, and ends what outage there is.
func (o *outage) in(requests int) (came bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	came = o.begun
	o.left, o.begun = requests, false
	return came
}

// answers carries a request out, unless the tables are away, and returns its answer, if
// that comes.
func (o *outage) answers(carryOut func() error) error {
	o.mu.Lock()
	away := o.begun
	o.left--
	o.begun = away || o.left == 0
	lost := o.begun
	o.mu.Unlock()
	if away {
		return store.ErrUnavailable
	}
	if err := carryOut(); !lost {
		return err
	}
	return store.ErrUnavailable
}

// failing is a table in an outage.
type failing struct {
	store.Table
	*outage
}

func (f failing) Get(ctx context.Context, key store.Key) (r store.Record, err error) {
	err = f.answers(func() error { r, err = f.Table.Get(ctx, key); return err })
	return r, err
}

func (f failing) List(ctx context.Context, partition, prefix string, page store.Page) (all []store.Record, next store.Page, err error) {
	err = f.answers(func() error { all, next, err = f.Table.List(ctx, partition, prefix, page); return err })
	return all, next, err
}

func (f failing) Write(ctx context.Context, changes ...store.Change) error {
	return f.answers(func() error { return f.Table.Write(ctx, changes...) })
}

// resident is somebody with all that can lie with a person.
type resident struct {
	identity.User
	tokens  issue.TokenResponse
	session identity.SignedIn
	linked  identity.Linked
	passkey []byte
}

func (s *site) resident(name string) resident {
	s.t.Helper()
	ctx, verified := s.t.Context(), true
	user, err := s.people.Add(ctx, identity.NewUser{Username: name, Groups: []string{identity.Administrators}, StandardClaims: oauth.StandardClaims{
		Email: name + "@example.com", EmailVerified: &verified,
	}})
	must(s.t, err)
	r := resident{
		User: user, session: s.signIn(user), passkey: []byte(user.ID),
		linked: identity.Linked{Issuer: "https://other.example.com", Subject: name, Provider: "other"},
	}
	must(s.t, s.people.Link(ctx, user.ID, r.linked))
	s.withFactor(user)
	_, err = s.issuer.Factors().NewRecoveryCodes(ctx, user.ID)
	must(s.t, err)
	r.tokens = s.tokens(webID, s.authorize(r.session, webID, "scope=openid offline_access", "prompt=consent"))
	return r
}

// isOut holds that nothing of somebody whose deletion has begun is good, and that nothing
// more comes to them.
func (s *site) isOut(r resident) {
	s.t.Helper()
	ctx := s.t.Context()
	if _, err := s.sessions.Get(ctx, r.ID, r.session.ID); !errors.Is(err, store.ErrNotFound) {
		s.t.Errorf("the session: %v", err)
	}
	if s.works(r.tokens) {
		s.t.Error("the access token works")
	}
	_, err := s.refresh(webID, r.tokens.RefreshToken)
	wants(s.t, err, oauth.InvalidGrant)
	for what, err := range map[string]error{
		"enabled":   s.people.Enable(ctx, r.ID),
		"a consent": s.issuer.GrantConsent(ctx, r.ID, webID, oauth.Scope{"openid"}, issue.ClaimsRequest{}),
		"a link":    s.people.Link(ctx, r.ID, identity.Linked{Issuer: "https://third.example.com", Subject: "x"}),
		"a passkey": second(s.issuer.Factors().AddPasskey(ctx, r.ID, factor.Passkey{ID: []byte("new"), PublicKey: []byte("key"), Name: "New"})),
		"codes":     second(s.issuer.Factors().NewRecoveryCodes(ctx, r.ID)),
	} {
		if !errors.Is(err, identity.ErrMoved) && !errors.Is(err, store.ErrNotFound) {
			s.t.Errorf("%s: got %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// isGone holds that nothing is left of somebody, wherever it lay.
func (s *site) isGone(r resident) {
	s.t.Helper()
	ctx := s.t.Context()
	for _, table := range []store.Table{s.users, s.state} {
		left, err := store.All(ctx, table, identity.Partition(r.ID), "")
		must(s.t, err)
		for _, record := range left {
			if record.Key.Sort != "ended" { // which goes by itself, and says nothing of them
				s.t.Errorf("%s is left", record.Key.Sort)
			}
		}
	}
	if _, err := s.issuer.Factors().Owner(ctx, r.passkey); !errors.Is(err, store.ErrNotFound) {
		s.t.Errorf("the passkey: %v", err)
	}
	for partition, sort := range map[string]string{"members#administrators": r.ID, "identity#" + r.linked.ID(): "person", "leaving": r.ID} {
		if _, err := s.users.Get(ctx, store.Key{Partition: partition, Sort: sort}); !errors.Is(err, store.ErrNotFound) {
			s.t.Errorf("%s: %v", partition, err)
		}
	}
	if _, err := s.people.Add(ctx, identity.NewUser{Username: r.Username}); err != nil {
		s.t.Errorf("the name is not free: %v", err)
	}
	if holder, err := s.people.Holder(ctx, r.Email); err != nil || holder.ID != "" {
		s.t.Errorf("the address is %q's: %v", holder.ID, err)
	}
}

// TestADeletionThatBreaksOffIsFinished breaks a deletion off at each of its requests. From
// the first write on nothing of the person's is good, and none can be added; and whoever
// finishes it, nothing is left.
func TestADeletionThatBreaksOffIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, fault := ring.Copy(t), new(outage)
		folder.Users, folder.State = failing{folder.Users, fault}, failing{folder.State, fault}
		s := build(t, folder)
		unfinished := 0
		for n := 1; s.breaksOff(fault, n, &unfinished); n++ {
		}
		if unfinished < 10 {
			t.Errorf("%d deletions broke off", unfinished)
		}
	})
}

// breaksOff deletes somebody, until the tables go away with the answer to the n-th request,
// and reports whether it has as many.
func (s *site) breaksOff(fault *outage, n int, unfinished *int) bool {
	s.t.Helper()
	r := s.resident(fmt.Sprint("person", n))
	fault.in(n)
	err := s.issuer.DeleteUser(s.t.Context(), r.ID, "")
	came := fault.in(0)
	if !came {
		must(s.t, err)
		s.isGone(r)
		return false
	}
	if err == nil {
		s.t.Errorf("request %d: an outage that nobody saw", n)
	}
	user, err := s.people.Get(s.t.Context(), r.ID)
	if err == nil && !user.Leaving { // it has not begun
		if !s.works(r.tokens) {
			s.t.Errorf("request %d: part of it is done", n)
		}
		return true
	}
	if err == nil {
		*unfinished++
		s.isOut(r)
		s.finishes(r, n%2 == 0)
	}
	s.isGone(r)
	return true
}

// finishes finishes a deletion by doing it again, or as whoever finds it.
func (s *site) finishes(r resident, again bool) {
	s.t.Helper()
	if again {
		must(s.t, s.issuer.DeleteUser(s.t.Context(), r.ID, ""))
		return
	}
	time.Sleep(time.Hour)
	if finished, err := s.issuer.FinishDeletions(s.t.Context(), 1); err != nil || len(finished) != 1 || finished[0] != r.ID {
		s.t.Errorf("finished %v, %v", finished, err)
	}
}

// TestNothingOfADeletedPersonIsTheNextOnes: a sub that was given may be given again, and
// what somebody kept of its holder before opens nothing.
func TestNothingOfADeletedPersonIsTheNextOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		before, err := s.people.Add(t.Context(), identity.NewUser{ID: "jo", Username: "jo"})
		must(t, err)
		must(t, s.issuer.DeleteUser(t.Context(), before.ID, ""))
		late := s.signIn(before) // began before, and was written in this very moment
		time.Sleep(time.Minute)
		_, err = s.people.Add(t.Context(), identity.NewUser{ID: "jo", Username: "jo"})
		must(t, err)
		if _, err := s.sessions.Get(t.Context(), "jo", late.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}
