package pages_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

// resident adds somebody whose username is a verified address.
func (s *site) resident(address string) identity.User {
	s.t.Helper()
	verified := true
	user, err := s.people.Add(s.t.Context(), identity.NewUser{
		Username: address, Password: password, StandardClaims: oauth.StandardClaims{Email: address, EmailVerified: &verified},
	})
	must(s.t, err)
	return user
}

func TestAnAccountIsConnectedWhenItsOwnerHasSignedInToIt(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.TrustEmail = true })
	owner := s.resident("jo@example.com")
	b := s.browser()
	p := b.comeBy(op)
	p.shows(t, "connect-lead")
	p.shows(t, "login-form")
	if linked, _ := s.people.Linked(t.Context(), owner.ID); len(linked) != 0 {
		t.Fatal("connected before anybody has signed in")
	}
	p = b.follow(b.submit(p, "username", "jo@example.com", "password", password))
	p.shows(t, "connect-form")
	if answer := b.submit(p, "decision", "connect").answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
	linked, err := s.people.Linked(t.Context(), owner.ID)
	if err != nil || len(linked) != 1 || linked[0].Subject != "jo-there" {
		t.Errorf("got %+v %v", linked, err)
	}
	if answer := s.browser().comeBy(op).answer(); answer.Get("code") == "" { // from now on nobody asks
		t.Errorf("got %v", answer)
	}
}

// Somebody else signs in where the owner was asked to: nothing is connected with either.
func TestO44SomebodyElsesAccountIsNotConnected(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.TrustEmail = true })
	owner := s.resident("jo@example.com")
	b := s.browser()
	p := b.submit(b.comeBy(op), "username", "alice", "password", password)
	if answer := b.follow(p).answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
	alice, err := s.people.ByUsername(t.Context(), "alice")
	must(t, err)
	for _, id := range []string{owner.ID, alice.ID} {
		if linked, _ := s.people.Linked(t.Context(), id); len(linked) != 0 {
			t.Errorf("got %+v", linked)
		}
	}
}

func TestWhoDoesNotWantToConnectDoesNot(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	s.there(op, func(set *upstream.Settings) { set.TrustEmail = true })
	owner := s.resident("jo@example.com")
	b := s.browser()
	p := b.follow(b.submit(b.comeBy(op), "username", "jo@example.com", "password", password))
	if answer := b.submit(p, "decision", "later").answer(); answer.Get("code") == "" {
		t.Errorf("got %v", answer)
	}
	if linked, _ := s.people.Linked(t.Context(), owner.ID); len(linked) != 0 {
		t.Errorf("got %+v", linked)
	}
}
