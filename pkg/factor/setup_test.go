package factor_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/ring"
)

const browser = oauth.Secret("a browser")

// site keeps the factors of two people.
type site struct {
	t          testing.TB
	users      *meeting
	people     *identity.Users
	factors    *factor.Factors
	alice, bob identity.User
}

func TestMain(m *testing.M) { ring.Main(m) }

func open(t testing.TB) *site {
	t.Helper()
	folder := ring.Copy(t)
	sealer, _ := folder.Keys(t, folder.Users)
	users := &meeting{Table: folder.Users}
	s := &site{t: t, users: users}
	s.people = identity.NewUsers(users, folder.State, identity.Lockout{Attempts: 10, AddressAttempts: 1000, Window: time.Hour})
	s.factors = factor.Open(users, s.people, sealer)
	s.alice, s.bob = s.add("alice"), s.add("bob")
	return s
}

// meeting is a table at which some who read a record can be made to wait for each other,
// so that all have read it before one writes.
type meeting struct {
	store.Table
	read func(store.Key)
}

func (m *meeting) Get(ctx context.Context, key store.Key) (store.Record, error) {
	r, err := m.Table.Get(ctx, key)
	if m.read != nil {
		m.read(key)
	}
	return r, err
}

func (m *meeting) List(ctx context.Context, partition, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	all, next, err := m.Table.List(ctx, partition, prefix, page)
	if m.read != nil {
		m.read(store.Key{Partition: partition, Sort: prefix})
	}
	return all, next, err
}

// meet has the next n who read a record of this sort key wait for each other.
func (m *meeting) meet(n int32, sort string) {
	var arrived atomic.Int32
	all := make(chan struct{})
	m.read = func(key store.Key) {
		if key.Sort != sort {
			return
		}
		if before := arrived.Add(1); before == n {
			close(all)
		} else if before < n {
			<-all
		}
	}
}

func (s *site) add(username string) identity.User {
	s.t.Helper()
	user, err := s.people.Add(s.t.Context(), identity.NewUser{Username: username})
	must(s.t, err)
	return user
}

func (s *site) set(user identity.User) factor.Set {
	s.t.Helper()
	set, err := s.factors.Of(s.t.Context(), user.ID)
	must(s.t, err)
	return set
}

// refuses demands a refusal of the cause.
func refuses(t testing.TB, err, why error) {
	t.Helper()
	if !oauth.InvalidGrant.In(err) || !errors.Is(err, why) {
		t.Errorf("got %v, want a refusal: %v", err, why)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
