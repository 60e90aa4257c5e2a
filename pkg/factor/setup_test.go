package factor_test

import (
	"errors"
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
	users      store.Table
	people     *identity.Users
	factors    *factor.Factors
	alice, bob identity.User
}

func TestMain(m *testing.M) { ring.Main(m) }

func open(t testing.TB) *site {
	t.Helper()
	folder := ring.Copy(t)
	sealer, _ := folder.Keys(t, folder.Users)
	s := &site{t: t, users: folder.Users}
	s.people = identity.NewUsers(folder.Users, folder.State, identity.Lockout{Attempts: 10, AddressAttempts: 1000, Window: time.Hour})
	s.factors = factor.Open(folder.Users, s.people, sealer)
	s.alice, s.bob = s.add("alice"), s.add("bob")
	return s
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
