package issue_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func guest(email string) identity.NewUser {
	return identity.NewUser{StandardClaims: oauth.StandardClaims{Email: email, Name: "Jo Example", Locale: "fr"}}
}

// invites has somebody invited by mail, and returns the handle of the link.
func (s *site) invites(email string) oauth.Secret {
	s.t.Helper()
	var link string
	_, handed, err := s.issuer.Invite(s.t.Context(), guest(email), "root", letter(&link))
	must(s.t, err)
	if handed != "" {
		s.t.Errorf("who invites sees the link: %s", handed)
	}
	return s.handle(link)
}

func (s *site) handle(link string) oauth.Secret {
	s.t.Helper()
	handle, ok := strings.CutPrefix(link, issuer+"/invitation?link=")
	if !ok {
		s.t.Fatalf("got the link %q", link)
	}
	return oauth.Secret(handle)
}

func (s *site) accepts(handle oauth.Secret) (identity.User, error) {
	s.t.Helper()
	link, err := s.issuer.OpenLink(s.t.Context(), issue.AcceptInvitation, handle, "")
	if err != nil {
		return identity.User{}, err
	}
	return s.issuer.CreateAccountBy(s.t.Context(), link, issue.Chosen{Password: chosen, Locale: "de"})
}

func TestAnInvitationMakesAnAccount(t *testing.T) {
	s := open(t)
	handle := s.invites("Jo@Example.com")
	if _, err := s.people.ByUsername(t.Context(), "jo@example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("there is an account before it is accepted: %v", err)
	}
	if diff := cmp.Diff([]string{"Jo@example.com"}, s.sent()); diff != "" {
		t.Error(diff)
	}
	jo, err := s.accepts(handle)
	must(t, err)
	if jo.Username != "jo@example.com" || jo.Email != "Jo@example.com" || jo.EmailVerified == nil || !*jo.EmailVerified || jo.Name != "Jo Example" || jo.Locale != "fr" {
		t.Errorf("got %+v", jo)
	}
	if open, _, err := s.issuer.Invitations(t.Context(), "", store.Page{}); err != nil || len(open) > 0 {
		t.Errorf("it is open still: %v %v", open, err)
	}
}

// A link that the inviter had in hand shows nothing about a mailbox.
func TestAnInvitationThatIsHandedOverProvesNoAddress(t *testing.T) {
	s := open(t)
	open, link, err := s.issuer.Invite(t.Context(), guest("jo@example.com"), "root", nil)
	must(t, err)
	if len(s.sent()) > 0 || open.Mailed {
		t.Error("a mail was sent")
	}
	jo, err := s.accepts(s.handle(link))
	must(t, err)
	if jo.EmailVerified == nil || *jo.EmailVerified {
		t.Errorf("got %+v", jo)
	}
}

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	s := open(t)
	link, err := s.issuer.OpenLink(t.Context(), issue.AcceptInvitation, s.invites("jo@example.com"), "")
	must(t, err)
	var won atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if _, err := s.issuer.CreateAccountBy(t.Context(), link, issue.Chosen{Password: chosen}); err == nil {
				won.Add(1)
			} else if !errors.Is(err, issue.ErrLink) {
				t.Error(err)
			}
		})
	}
	if group.Wait(); won.Load() != 1 {
		t.Errorf("%d accounts", won.Load())
	}
}

// Of withdrawing and accepting at once one happens, and the other is told so.
func TestAWithdrawnInvitationMakesNoAccount(t *testing.T) {
	s := open(t)
	handle := s.invites("jo@example.com")
	link, err := s.issuer.OpenLink(t.Context(), issue.AcceptInvitation, handle, "")
	must(t, err)
	must(t, s.issuer.Withdraw(t.Context(), "JO@example.com"))
	if _, err := s.issuer.CreateAccountBy(t.Context(), link, issue.Chosen{Password: chosen}); !errors.Is(err, issue.ErrLink) {
		t.Errorf("a page that was open: got %v", err)
	}
	if _, err := s.accepts(handle); !errors.Is(err, issue.ErrLink) {
		t.Errorf("the link: got %v", err)
	}
	if err := s.issuer.Withdraw(t.Context(), "jo@example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("again: got %v", err)
	}
	handle = s.invites("jo@example.com")
	var made, withdrawn error
	var group sync.WaitGroup
	group.Go(func() { _, made = s.accepts(handle) })
	group.Go(func() { withdrawn = s.issuer.Withdraw(t.Context(), "jo@example.com") })
	if group.Wait(); (made == nil) == (withdrawn == nil) {
		t.Errorf("accepted: %v; withdrawn: %v", made, withdrawn)
	}
}

func TestARenewedInvitationHasANewLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		before := s.invites("jo@example.com")
		time.Sleep(6 * 24 * time.Hour)
		var link string
		open, _, err := s.issuer.Renew(t.Context(), "Jo@example.com", letter(&link))
		must(t, err)
		if left := time.Until(open.Expires); left != 7*24*time.Hour {
			t.Errorf("it is good for %s", left)
		}
		if _, err := s.accepts(before); !errors.Is(err, issue.ErrLink) {
			t.Errorf("the link before: got %v", err)
		}
		time.Sleep(6 * 24 * time.Hour)
		_, err = s.accepts(s.handle(link))
		must(t, err)
		if _, _, err := s.issuer.Renew(t.Context(), "jo@example.com", letter(&link)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("one that was accepted: got %v", err)
		}
	})
}

func TestInvitationsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		handle := s.invites("jo@example.com")
		time.Sleep(7*24*time.Hour + time.Second)
		if _, err := s.accepts(handle); !errors.Is(err, issue.ErrLink) {
			t.Errorf("got %v", err)
		}
		if open, _, err := s.issuer.Invitations(t.Context(), "", store.Page{}); err != nil || len(open) > 0 {
			t.Errorf("got %v %v", open, err)
		}
		s.invites("jo@example.com") // once more
	})
}

// meddled is a table before whose next write something else happens.
type meddled struct {
	store.Table
	meanwhile *func()
}

func (m meddled) Write(ctx context.Context, changes ...store.Change) error {
	if meanwhile := *m.meanwhile; meanwhile != nil {
		*m.meanwhile = nil
		meanwhile()
	}
	return m.Table.Write(ctx, changes...)
}

// Whoever comes second is told so, though they had looked before the first one came.
func TestAnInvitationThatChangesUnderOnesHands(t *testing.T) {
	var meanwhile func()
	s := open(t, func(table store.Table) store.Table { return meddled{table, &meanwhile} })
	handle := s.invites("jo@example.com")
	meanwhile = func() {
		_, err := s.accepts(handle)
		must(t, err)
	}
	if err := s.issuer.Withdraw(t.Context(), "jo@example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("withdrawn after it was accepted: got %v", err)
	}
	s.invites("ann@example.com")
	var link string
	to, err := mail.ParseAddress("ann@example.com")
	must(t, err)
	must(t, s.byInvitation().AskSignUp(t.Context(), to, issue.Wish{Address: "192.0.2.1"}, letter(&link), letter(new(string))))
	_, signUp, _ := strings.Cut(link, "link=")
	opened, err := s.byInvitation().OpenLink(t.Context(), issue.SignUp, oauth.Secret(signUp), "")
	must(t, err)
	meanwhile = func() { must(t, s.issuer.Withdraw(t.Context(), "ann@example.com")) }
	if _, err := s.byInvitation().CreateAccountBy(t.Context(), opened, issue.Chosen{Password: chosen}); !errors.Is(err, issue.ErrLink) {
		t.Errorf("accepted after it was withdrawn: got %v", err)
	}
	if _, err := s.people.ByUsername(t.Context(), "ann@example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("there is an account: %v", err)
	}
}
