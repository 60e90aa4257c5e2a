package identity_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

var sessionLimits = identity.SessionLimits{Idle: 24 * time.Hour, Absolute: 720 * time.Hour}

// signedIn is somebody signed in, with all that a test needs to go on from there.
type signedIn struct {
	users    *identity.Users
	state    store.Table
	sessions *identity.Sessions
	alice    identity.User
	identity.SignedIn
	handle oauth.Secret
}

func signIn(t testing.TB) signedIn {
	t.Helper()
	people, state := tables(t)
	users := identity.NewUsers(people, state, lockout)
	s := signedIn{users: users, state: state, sessions: identity.NewSessions(state, users, sessionLimits)}
	s.alice = add(t, users, identity.NewUser{Username: "alice"})
	s.SignedIn, s.handle = s.begin(t, s.alice, nil)
	return s
}

func (s signedIn) begin(t testing.TB, user identity.User, replaces *identity.SignedIn) (identity.SignedIn, oauth.Secret) {
	t.Helper()
	how := identity.Authentication{Time: time.Now(), AMR: []string{"pwd"}, ACR: "1", UserAgent: "Lynx", Address: home}
	begun, handle, err := s.sessions.Begin(t.Context(), user, how, replaces)
	if err != nil {
		t.Fatal(err)
	}
	return begun, handle
}

func (s signedIn) isOver(t testing.TB, handle oauth.Secret) bool {
	t.Helper()
	_, err := s.sessions.Open(t.Context(), handle)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err != nil
}

func TestASessionIsOpenedByItsHandle(t *testing.T) {
	s := signIn(t)
	opened, err := s.sessions.Open(t.Context(), s.handle)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.SignedIn, opened); diff != "" {
		t.Error(diff)
	}
	if opened.ACR != "1" || opened.Address != home || !slices.Equal(opened.AMR, []string{"pwd"}) {
		t.Errorf("got %+v", opened)
	}
}

func TestAHandleIsGuessedByNobody(t *testing.T) {
	s := signIn(t)
	parts := strings.Split(string(s.handle), ".")
	if len(parts) != 3 || len(parts[2]) < 52 { // base32: 256 bits
		t.Fatalf("got %d parts", len(parts))
	}
	for name, handle := range map[string]string{
		"empty":           "",
		"no secret":       parts[0] + "." + parts[1] + ".",
		"wrong secret":    parts[0] + "." + parts[1] + "." + strings.Repeat("A", 52),
		"other user":      "Ym9i." + parts[1] + "." + parts[2],
		"other session":   parts[0] + ".x." + parts[2],
		"no session":      parts[0] + ".." + parts[2],
		"longer":          string(s.handle) + "A",
		"very long":       string(s.handle) + strings.Repeat("A", 1<<20),
		"not base64":      "!" + "." + parts[1] + "." + parts[2],
		"control in user": "AAAA." + parts[1] + "." + parts[2],
	} {
		if !s.isOver(t, oauth.Secret(handle)) {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestASessionsSecretIsKeptHashed(t *testing.T) {
	s := signIn(t)
	record, err := s.state.Get(t.Context(), store.Key{Partition: "user#" + s.alice.ID, Sort: "session#" + s.ID})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, _ := strings.Cut(string(s.handle), s.ID+".")
	if strings.Contains(string(record.Value), secret) {
		t.Error("the secret lies in the table")
	}
	if printed, _ := json.Marshal(s.SignedIn); strings.Contains(string(printed), `"secret"`) {
		t.Error("the secret's hash leaves the package")
	}
}

func TestO41EverySignInMakesANewHandle(t *testing.T) {
	s := signIn(t)
	if err := s.sessions.AddClient(t.Context(), s.ID, s.alice.ID, oauth.Client{ID: "app"}); err != nil {
		t.Fatal(err)
	}
	again, handle := s.begin(t, s.alice, &s.SignedIn)
	if handle == s.handle || !s.isOver(t, s.handle) || s.isOver(t, handle) {
		t.Error("the handle from before the sign-in still opens the session")
	}
	if again.ID != s.ID || !again.Created.Equal(s.Created) || len(again.Clients) != 1 || again.Clients[0].ID != "app" {
		t.Errorf("got %+v, want the sid and the clients of %+v", again.Session, s.Session)
	}
}

func TestO41AnotherPersonGetsAnotherSession(t *testing.T) {
	s := signIn(t)
	if err := s.sessions.AddClient(t.Context(), s.ID, s.alice.ID, oauth.Client{ID: "app"}); err != nil {
		t.Fatal(err)
	}
	bob := add(t, s.users, identity.NewUser{Username: "bob"})
	his, handle := s.begin(t, bob, &s.SignedIn)
	if his.ID == s.ID || len(his.Clients) > 0 || s.isOver(t, handle) {
		t.Errorf("got %+v, want a session of his own", his)
	}
	if !s.isOver(t, s.handle) {
		t.Error("the session that was replaced goes on")
	}
}

func TestASessionThatWasEndedDoesNotLiveOn(t *testing.T) {
	s := signIn(t)
	if err := s.sessions.End(t.Context(), s.alice.ID, s.ID); err != nil {
		t.Fatal(err)
	}
	if again, _ := s.begin(t, s.alice, &s.SignedIn); again.ID == s.ID {
		t.Error("clients that were told of the end see the same sid again")
	}
}

func TestSessionsEnd(t *testing.T) {
	for name, end := range map[string]func(s signedIn) error{
		"by its end":                 func(s signedIn) error { return s.sessions.End(t.Context(), s.alice.ID, s.ID) },
		"by signing out everywhere":  func(s signedIn) error { return s.users.SignOutEverywhere(t.Context(), s.alice.ID) },
		"by disabling the person":    func(s signedIn) error { return s.users.Disable(t.Context(), s.alice.ID) },
		"by deleting the person":     func(s signedIn) error { return s.users.Delete(t.Context(), s.alice.ID) },
		"by changing their password": func(s signedIn) error { return s.users.SetPassword(t.Context(), s.alice.ID, password) },
	} {
		s := signIn(t)
		if err := end(s); err != nil {
			t.Fatal(err)
		}
		if !s.isOver(t, s.handle) {
			t.Errorf("%s: the session goes on", name)
		}
		if _, err := s.sessions.Get(t.Context(), s.alice.ID, s.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v, want not found", name, err)
		}
		if listed, err := s.sessions.List(t.Context(), s.alice.ID); len(listed) > 0 || err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v and %v, want no session", name, listed, err)
		}
	}
}

func TestAnUnusedSessionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := signIn(t)
		time.Sleep(23 * time.Hour)
		if s.isOver(t, s.handle) {
			t.Fatal("it ended within its idle lifetime")
		}
		time.Sleep(23 * time.Hour)
		if s.isOver(t, s.handle) {
			t.Fatal("it ended though it was used")
		}
		time.Sleep(24 * time.Hour)
		if !s.isOver(t, s.handle) {
			t.Error("it goes on after its idle lifetime")
		}
	})
}

func TestAUsedSessionExpiresTooUnlessThePersonSignsInAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := signIn(t)
		for range 719 / 12 {
			time.Sleep(12 * time.Hour)
			if s.isOver(t, s.handle) {
				t.Fatal("it ended within its absolute lifetime")
			}
		}
		other, handle := s.begin(t, s.alice, &s.SignedIn)
		time.Sleep(13 * time.Hour)
		if s.isOver(t, handle) {
			t.Error("signing in again did not renew it")
		}
		for range 719 / 12 {
			time.Sleep(12 * time.Hour)
			s.isOver(t, handle)
		}
		if !s.isOver(t, handle) {
			t.Errorf("session %s goes on after its absolute lifetime", other.ID)
		}
	})
}

func TestTheZeroLimitsLetNobodyIn(t *testing.T) {
	s := signIn(t)
	s.sessions = identity.NewSessions(s.state, s.users, identity.SessionLimits{})
	if _, handle := s.begin(t, s.alice, nil); !s.isOver(t, handle) {
		t.Error("a session without limits is good")
	}
}

func TestBeingSignedInWritesOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := signIn(t)
		key := store.Key{Partition: "user#" + s.alice.ID, Sort: "session#" + s.ID}
		written := map[string]bool{}
		for range 120 {
			s.isOver(t, s.handle)
			record, err := s.state.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			written[record.Version] = true
			time.Sleep(time.Second)
		}
		if len(written) != 2 {
			t.Errorf("got %d versions in two minutes, want 2", len(written))
		}
	})
}

func TestNoClientOfASessionIsForgotten(t *testing.T) {
	s := signIn(t)
	var group sync.WaitGroup
	var failed atomic.Int32
	for i := range 16 {
		group.Go(func() {
			if s.sessions.AddClient(t.Context(), s.ID, s.alice.ID, oauth.Client{ID: string(rune('a' + i%8))}) != nil {
				failed.Add(1)
			}
		})
	}
	group.Wait()
	session, err := s.sessions.Get(t.Context(), s.alice.ID, s.ID)
	if err != nil || failed.Load() > 0 {
		t.Fatal(err, failed.Load())
	}
	var ids []string
	for _, client := range session.Clients {
		ids = append(ids, client.ID)
	}
	slices.Sort(ids)
	if got := strings.Join(ids, ""); got != "abcdefgh" {
		t.Errorf("got %s, want each client once", got)
	}
}

func TestAddingAClientRevivesNoSession(t *testing.T) {
	s := signIn(t)
	if err := s.sessions.End(t.Context(), s.alice.ID, s.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.sessions.AddClient(t.Context(), s.ID, s.alice.ID, oauth.Client{ID: "app"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if !s.isOver(t, s.handle) {
		t.Error("it lives again")
	}
}

func TestSessionsAreListedOldestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := signIn(t)
		want := []string{s.ID}
		for range 8 {
			time.Sleep(time.Hour)
			next, _ := s.begin(t, s.alice, nil)
			want = append(want, next.ID)
		}
		bob := add(t, s.users, identity.NewUser{Username: "bob"})
		s.begin(t, bob, nil)
		listed, err := s.sessions.List(t.Context(), s.alice.ID)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, session := range listed {
			got = append(got, session.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A sign-in replaces a session while its end, uses and clients are written: at the
// end there is exactly the handle that was given out last, or none.
func TestTwoSignInsAtOnceLeaveOneHandle(t *testing.T) {
	s := signIn(t)
	handles := make([]oauth.Secret, 8)
	var group sync.WaitGroup
	for i := range handles {
		group.Go(func() {
			how := identity.Authentication{Time: time.Now()}
			_, handles[i], _ = s.sessions.Begin(t.Context(), s.alice, how, &s.SignedIn)
		})
	}
	group.Wait()
	good := 0
	for _, handle := range append(handles, s.handle) {
		if !s.isOver(t, handle) {
			good++
		}
	}
	if good != 1 {
		t.Errorf("got %d good handles of one session, want 1", good)
	}
}
