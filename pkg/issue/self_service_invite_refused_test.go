package issue_test

import (
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func TestWhoIsNotInvited(t *testing.T) {
	s := open(t)
	_, err := s.people.Add(t.Context(), identity.NewUser{Username: "taken@example.com"})
	must(t, err)
	s.invites("open@example.com")
	with := func(change func(*identity.NewUser)) identity.NewUser {
		n := guest("jo@example.com")
		change(&n)
		return n
	}
	for name, c := range map[string]struct {
		who  identity.NewUser
		want error
	}{
		"who has an account":  {guest("Taken@example.com"), identity.ErrTaken},
		"who is found by it":  {guest("Alice@example.com"), identity.ErrTaken},
		"who is invited":      {guest("Open@example.com"), issue.ErrInvited},
		"no address":          {guest("jo"), issue.ErrNoEmail},
		"with a password":     {with(func(n *identity.NewUser) { n.Password = chosen }), nil},
		"with a hash":         {with(func(n *identity.NewUser) { n.PasswordHash = "$2y$10$" }), nil},
		"with a false claim":  {with(func(n *identity.NewUser) { n.Website = "javascript:alert(1)" }), nil},
		"with a sub of space": {with(func(n *identity.NewUser) { n.ID = " " }), nil},
	} {
		_, _, err := s.issuer.Invite(t.Context(), c.who, "root", letter(new(string)))
		if !oauth.InvalidRequest.In(err) || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if to := s.sent(); len(to) != 1 { // the open one's
		t.Errorf("got mails to %v", to)
	}
}

// byInvitation is the site's issuer, where who is invited may create an account.
func (s *site) byInvitation() *issue.Issuer {
	cfg := s.cfg
	cfg.SignUp = "invited"
	return issue.New(cfg, s.users, s.state, s.people, s.clients, s.sessions, s.sealer, s.ring)
}

// O37: where one must be invited, asking costs the same and gets the same answer for who
// is invited, who is not, and who has an account; and mail goes to whom it concerns.
func TestO37AskingTellsNobodyWhoIsInvited(t *testing.T) {
	counts := tallied{mu: &sync.Mutex{}, tally: map[string]int{}}
	s := open(t, func(table store.Table) store.Table {
		counts.Table = table
		return counts
	})
	s.invites("jo@example.com")
	_, err := s.people.Add(t.Context(), identity.NewUser{Username: "taken@example.com", StandardClaims: oauth.StandardClaims{Email: "kept@example.com"}})
	must(t, err)
	s.sent()
	var want map[string]int
	links := map[string]string{}
	for _, email := range []string{"Jo@example.com", "stranger@example.com", "taken@example.com"} {
		clear(counts.tally)
		to, err := mail.ParseAddress(email)
		must(t, err)
		var link string
		must(t, s.byInvitation().AskSignUp(t.Context(), to, issue.Wish{Address: "192.0.2.1"}, letter(&link), letter(new(string))))
		if links[email] = link; want == nil {
			want = maps.Clone(counts.tally)
		}
		if diff := cmp.Diff(want, counts.tally); diff != "" {
			t.Errorf("%s does other work:\n%s", email, diff)
		}
	}
	to := strings.Join(s.sent(), " ")
	if !strings.Contains(to, "jo@example.com") || !strings.Contains(to, "kept@example.com") || strings.Contains(to, "stranger") {
		t.Errorf("got mails to %s", to)
	}
	finish := func(email string) (identity.User, error) {
		_, handle, _ := strings.Cut(links[email], "link=")
		link, err := s.byInvitation().OpenLink(t.Context(), issue.SignUp, oauth.Secret(handle), "")
		must(t, err)
		return s.byInvitation().CreateAccountBy(t.Context(), link, issue.Chosen{Password: chosen})
	}
	if _, err := finish("stranger@example.com"); !errors.Is(err, issue.ErrLink) {
		t.Errorf("a stranger has an account: %v", err)
	}
	jo, err := finish("Jo@example.com")
	if err != nil || jo.Name != "Jo Example" || jo.Email != "jo@example.com" {
		t.Errorf("got %+v %v", jo, err)
	}
	if open, _, _ := s.issuer.Invitations(t.Context(), "", store.Page{}); len(open) > 0 {
		t.Errorf("the invitation is open still: %v", open)
	}
}

// TestO43AnInvitationIsForItsOwnMailbox: case may tell two mailboxes apart. Who types an
// invitation's address in another has a mail sent to the one that was invited, whether one
// must be invited or not; and a link to another one accepts no invitation.
func TestO43AnInvitationIsForItsOwnMailbox(t *testing.T) {
	for _, mode := range []string{"invited", "open"} {
		s := open(t)
		cfg := s.cfg
		cfg.SignUp = mode
		i := issue.New(cfg, s.users, s.state, s.people, s.clients, s.sessions, s.sealer, s.ring)
		asks := func(email string) oauth.Secret {
			to, err := mail.ParseAddress(email)
			must(t, err)
			var link string
			must(t, i.AskSignUp(t.Context(), to, issue.Wish{Address: "192.0.2.1"}, letter(&link), letter(new(string))))
			_, handle, _ := strings.Cut(link, "link=")
			return oauth.Secret(handle)
		}
		before, err := i.OpenLink(t.Context(), issue.SignUp, asks("jo@example.com"), "")
		must(t, err)
		s.invites("Jo@example.com")
		s.sent()
		if _, err := i.CreateAccountBy(t.Context(), before, issue.Chosen{Password: chosen}); !errors.Is(err, issue.ErrLink) {
			t.Errorf("%s: another mailbox: got %v", mode, err)
		}
		handle := asks("JO@EXAMPLE.COM")
		if to := s.sent(); len(to) != 1 || to[0] != "Jo@example.com" {
			t.Errorf("%s: got mails to %v", mode, to)
		}
		link, err := i.OpenLink(t.Context(), issue.SignUp, handle, "")
		must(t, err)
		if jo, err := i.CreateAccountBy(t.Context(), link, issue.Chosen{Password: chosen}); err != nil || jo.Email != "Jo@example.com" || jo.Name != "Jo Example" {
			t.Errorf("%s: got %+v %v", mode, jo, err)
		}
	}
}

// What could not become an account is refused to who invites, not to who accepts.
func TestAnImpossibleInvitationIsRefusedAtOnce(t *testing.T) {
	s := open(t)
	for name, change := range map[string]func(*identity.NewUser){
		"a client's ID":             func(n *identity.NewUser) { n.ID = webID },
		"somebody's sub":            func(n *identity.NewUser) { n.ID = s.alice.ID },
		"no sub":                    func(n *identity.NewUser) { n.ID = "a b" },
		"somebody's username":       func(n *identity.NewUser) { n.Email = "taken@example.com" },
		"no username":               func(n *identity.NewUser) { n.Email = strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 200) + "com" },
		"a group that there is not": func(n *identity.NewUser) { n.Groups = []string{"nobody"} },
		"an unknown attribute":      func(n *identity.NewUser) { n.Attributes = identity.Values{"halo": []byte("true")} },
		"a claim that is none":      func(n *identity.NewUser) { n.Website = "javascript:0" },
		"an impossible role":        func(n *identity.NewUser) { n.Roles = []string{""} },
	} {
		_, _ = s.people.Add(t.Context(), identity.NewUser{Username: "taken@example.com"})
		n := guest("jo@example.com")
		change(&n)
		if _, _, err := s.issuer.Invite(t.Context(), n, "root", nil); err == nil {
			t.Errorf("%s: invited", name)
		}
	}
	if open, _, err := s.issuer.Invitations(t.Context(), "", store.Page{}); err != nil || len(open) > 0 {
		t.Errorf("got %v %v", open, err)
	}
}
