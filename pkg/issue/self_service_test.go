package issue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
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
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const chosen = oauth.Secret("a crumb of moonlight")

// letter writes the link down for the test, too.
func letter(link *string) issue.Letter {
	return func(to, _ string) (mail.Content, error) {
		*link = to
		return mail.Content{Subject: "A link", Text: to, HTML: to}, nil
	}
}

// asksReset has a link sent for a name, and returns its handle.
func (s *site) asksReset(name string) oauth.Secret {
	s.t.Helper()
	var link string
	must(s.t, s.issuer.AskReset(s.t.Context(), issue.Wish{Name: name, Address: "192.0.2.1", Browser: "a browser"}, letter(&link)))
	handle := regexp.MustCompile(`^` + issuer + `/reset/password\?link=([\w.-]+)$`).FindStringSubmatch(link)
	if handle == nil {
		s.t.Fatalf("got the link %q", link)
	}
	return oauth.Secret(handle[1])
}

// sent drains the outbox and returns the mails by their recipients.
func (s *site) sent() (to []string) {
	s.t.Helper()
	var mu sync.Mutex
	_, err := outbox.Open(s.state).Drain(s.t.Context(), func(ctx context.Context, m outbox.Message) error {
		return s.issuer.DeliverMail(ctx, m, func(_ context.Context, letter mail.Message) error {
			mu.Lock()
			defer mu.Unlock()
			to = append(to, letter.To.String())
			return nil
		})
	})
	must(s.t, err)
	return to
}

// tallied counts what is done to a table, by what and how much.
type tallied struct {
	store.Table
	mu    *sync.Mutex
	tally map[string]int
}

func (t tallied) note(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tally[what]++
}

func (t tallied) Get(ctx context.Context, key store.Key) (store.Record, error) {
	t.note("get")
	return t.Table.Get(ctx, key)
}

func (t tallied) Write(ctx context.Context, changes ...store.Change) error {
	t.note(fmt.Sprint("write ", len(changes)))
	return t.Table.Write(ctx, changes...)
}

func (t tallied) Count(ctx context.Context, key store.Key, delta int, limit store.Limit) (int, error) {
	t.note("count")
	return t.Table.Count(ctx, key, delta, limit)
}

// O37: asking for another password costs the same for a name that is somebody's, one
// that is nobody's, and one of somebody without an address or kept out.
func TestO37AskingCostsTheSameForEverybody(t *testing.T) {
	counts := tallied{mu: &sync.Mutex{}, tally: map[string]int{}}
	s := open(t, func(table store.Table) store.Table {
		counts.Table = table
		return counts
	})
	s.asksReset("alice") // the first seal opens the data key
	hashes := s.people.HashCalls()
	var want map[string]int
	for _, name := range []string{"alice", "bob", "nobody", "not a name", "", "Alice@Example.com", "nobody@example.com"} {
		clear(counts.tally)
		s.asksReset(name)
		if want == nil {
			want = maps.Clone(counts.tally)
		}
		if diff := cmp.Diff(want, counts.tally); diff != "" || want["write 2"] != 1 {
			t.Errorf("%q does other work than alice:\n%s", name, diff)
		}
	}
	if s.people.HashCalls() != hashes {
		t.Error("asking hashes")
	}
	if to := s.sent(); len(to) != 3 || strings.Join(to, " ") != "alice@example.com alice@example.com alice@example.com" {
		t.Errorf("got mails to %v", to)
	}
}

// signingUp is the site's issuer, where anybody may create an account.
func (s *site) signingUp() *issue.Issuer {
	cfg := s.cfg
	cfg.SignUp = "open"
	return issue.New(cfg, s.users, s.state, s.people, s.clients, s.sessions, s.sealer, s.ring)
}

// wants has a link sent by which to create an account, and returns what each letter was
// given.
func (s *site) wants(email string) (welcome, taken string) {
	s.t.Helper()
	to, err := mail.ParseAddress(email)
	must(s.t, err)
	wish := issue.Wish{Address: "192.0.2.1", Browser: "a browser"}
	welcome, taken = "unasked", "unasked"
	must(s.t, s.signingUp().AskSignUp(s.t.Context(), to, wish, letter(&welcome), letter(&taken)))
	return welcome, taken
}

// O37: signing up costs the same for an address that is free, taken, or of somebody who
// is kept out, and who has the name gets the mail.
func TestO37SigningUpCostsTheSameForEverybody(t *testing.T) {
	counts := tallied{mu: &sync.Mutex{}, tally: map[string]int{}}
	s := open(t, func(table store.Table) store.Table {
		counts.Table = table
		return counts
	})
	for _, name := range []string{"taken@example.com", "out@example.com"} {
		user, err := s.people.Add(t.Context(), identity.NewUser{Username: name, StandardClaims: oauth.StandardClaims{Email: "kept@example.com"}})
		must(t, err)
		if name == "out@example.com" {
			must(t, s.people.Disable(t.Context(), user.ID))
		}
	}
	hashes := s.people.HashCalls()
	var want map[string]int
	for _, email := range []string{"free@example.com", "Taken@example.com", "out@example.com", "ALICE@example.com"} {
		clear(counts.tally)
		welcome, taken := s.wants(email)
		if want == nil {
			want = maps.Clone(counts.tally)
		}
		if diff := cmp.Diff(want, counts.tally); diff != "" || want["write 2"] != 1 {
			t.Errorf("%s does other work:\n%s", email, diff)
		}
		if free := email == "free@example.com"; free != (taken == "unasked") || free == (welcome == "unasked") || taken != "unasked" && taken != "" {
			t.Errorf("%s: the letters have the links %q and %q", email, welcome, taken)
		}
	}
	if s.people.HashCalls() != hashes {
		t.Error("asking hashes")
	}
	to := s.sent()
	slices.Sort(to)
	if diff := cmp.Diff([]string{"alice@example.com", "free@example.com", "kept@example.com", "kept@example.com"}, to); diff != "" {
		t.Error(diff)
	}
}

// Of any number who finish a sign-up at once one does.
func TestAnAccountIsCreatedOnce(t *testing.T) {
	s := open(t)
	link, _ := s.wants("jo@example.com")
	_, handle, _ := strings.Cut(link, "link=")
	opened, err := s.signingUp().OpenLink(t.Context(), issue.SignUp, oauth.Secret(handle), "another browser")
	must(t, err)
	if opened.SameBrowser || opened.Email != "jo@example.com" {
		t.Errorf("got %+v", opened)
	}
	if _, err := s.issuer.CreateAccountBy(t.Context(), opened, issue.Chosen{Password: chosen}); !oauth.AccessDenied.In(err) {
		t.Errorf("where it was closed since: got %v", err)
	}
	var won atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if _, err := s.signingUp().CreateAccountBy(t.Context(), opened, issue.Chosen{Password: chosen, Locale: "de"}); err == nil {
				won.Add(1)
			} else if !errors.Is(err, issue.ErrLink) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Errorf("%d accounts", won.Load())
	}
	if _, err := s.issuer.OpenLink(t.Context(), issue.SignUp, oauth.Secret(handle), ""); !errors.Is(err, issue.ErrLink) {
		t.Errorf("got %v", err)
	}
}

// A link is spent by one of any number who use it at once, and everything that its
// person was signed in to ends.
func TestALinkIsSpentOnce(t *testing.T) {
	s := open(t)
	handle := s.asksReset("alice")
	signedIn, session, err := s.sessions.Begin(t.Context(), s.alice, identity.Authentication{Time: time.Now()}, nil)
	must(t, err)
	link, err := s.issuer.OpenLink(t.Context(), issue.ResetPassword, handle, "a browser")
	must(t, err)
	if !link.SameBrowser || link.UserID != s.alice.ID {
		t.Errorf("got %+v", link)
	}
	var won, lost atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			switch err := s.issuer.Reset(t.Context(), link, chosen, letter(new(string))); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, issue.ErrLink):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 || lost.Load() != 3 {
		t.Errorf("%d won and %d lost", won.Load(), lost.Load())
	}
	if _, err := s.sessions.Open(t.Context(), session); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("session %s is open still: %v", signedIn.ID, err)
	}
	if left, err := s.sessions.Unended(t.Context(), s.alice.ID); err != nil || len(left) > 0 {
		t.Errorf("clients were not told of the end of %v: %v", left, err)
	}
	if _, err := s.people.SignIn(t.Context(), "alice", chosen, "192.0.2.1"); err != nil {
		t.Error(err)
	}
	if _, err := s.issuer.OpenLink(t.Context(), issue.ResetPassword, handle, ""); !errors.Is(err, issue.ErrLink) {
		t.Errorf("got %v", err)
	}
	if to := s.sent(); len(to) != 2 { // the link, and one notice
		t.Errorf("got mails to %v", to)
	}
}

func TestLinksExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		handle := s.asksReset("alice")
		time.Sleep(29 * time.Minute)
		if _, err := s.issuer.OpenLink(t.Context(), issue.ResetPassword, handle, ""); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if _, err := s.issuer.OpenLink(t.Context(), issue.ResetPassword, handle, ""); !errors.Is(err, issue.ErrLink) {
			t.Errorf("got %v", err)
		}
		if to := s.sent(); len(to) != 0 { // of no use to anybody
			t.Errorf("got mails to %v", to)
		}
	})
}

// F35: what is throttled is tried again, and what is refused is a dead letter.
func TestF35MailIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.asksReset("alice")
		attempts, failure := 0, errors.New("ses: TooManyRequestsException")
		drain := func() outbox.Report {
			report, err := outbox.Open(s.state).Drain(t.Context(), func(ctx context.Context, m outbox.Message) error {
				return s.issuer.DeliverMail(ctx, m, func(context.Context, mail.Message) error {
					attempts++
					return failure
				})
			})
			must(t, err)
			return report
		}
		if got := drain(); got.Failed != 1 {
			t.Errorf("got %+v", got)
		}
		time.Sleep(2 * time.Second)
		failure = nil
		if got := drain(); got.Delivered != 1 || attempts != 2 {
			t.Errorf("got %+v after %d attempts", got, attempts)
		}
		s.asksReset("alice")
		failure = fmt.Errorf("no such mailbox: %w", mail.ErrRefused)
		if got := drain(); got.Dead != 1 {
			t.Errorf("got %+v", got)
		}
	})
}
