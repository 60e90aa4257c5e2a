package issue_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// Whose password or address an administrator changes hears of it, at the address that
// they had: whoever took an administrator's place would do it in silence.
func TestPeopleHearWhatAnAdministratorChanged(t *testing.T) {
	s := open(t)
	s.issuer.NotifyBy(issue.Notices{Password: letter(new(string)), Moved: letter(new(string))})
	must(t, s.issuer.SetPassword(t.Context(), s.alice.ID, chosen))
	if to := s.sent(); len(to) != 1 || to[0] != "alice@example.com" {
		t.Errorf("the password: mails to %v", to)
	}
	if _, err := s.people.SignIn(t.Context(), "alice", chosen, "192.0.2.1"); err != nil {
		t.Error(err)
	}
	if err := s.issuer.SetPassword(t.Context(), s.alice.ID, "password1"); err == nil {
		t.Error("a common password was set")
	}
	before, err := s.people.Get(t.Context(), s.alice.ID)
	must(t, err)
	after, err := s.people.Update(t.Context(), s.alice.ID, func(user *identity.User) error { user.Email = "other@example.com"; return nil })
	must(t, err)
	must(t, s.issuer.TellMoved(t.Context(), before, after))
	must(t, s.issuer.TellMoved(t.Context(), after, after))
	if to := s.sent(); len(to) != 1 || to[0] != "alice@example.com" {
		t.Errorf("the address: mails to %v", to)
	}
	must(t, s.issuer.SetPassword(t.Context(), s.bob.ID, chosen)) // who has no address
	s.issuer.NotifyBy(issue.Notices{})
	must(t, s.issuer.SetPassword(t.Context(), s.alice.ID, chosen))
	if to := s.sent(); len(to) != 0 {
		t.Errorf("mails to %v", to)
	}
}
