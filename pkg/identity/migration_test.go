package identity_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// oldSystem is where people come from.
type oldSystem struct {
	mu    sync.Mutex
	users map[string]oauth.Secret
	asked []string // names, with ? for those that nobody has
	down  error
	lax   bool // says yes to everybody
}

func (o *oldSystem) ask(_ context.Context, username string, password oauth.Secret) (identity.NewUser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	right, known := o.users[username]
	if len(username) > len("nobody-")+20 && username[:7] == "nobody-" {
		o.asked = append(o.asked, "?")
	} else {
		o.asked = append(o.asked, username+" "+string(password))
	}
	switch {
	case o.down != nil:
		return identity.NewUser{}, o.down
	case o.lax || known && right == password:
		return identity.NewUser{ID: "old-" + username, StandardClaims: oauth.StandardClaims{Email: username + "@example.com"}}, nil
	}
	return identity.NewUser{}, identity.ErrNotThere
}

func movingIn(t *testing.T) (*identity.Users, *oldSystem) {
	t.Helper()
	users := newUsers(t)
	old := &oldSystem{users: map[string]oauth.Secret{"alice": password, "carol": "password123", "bob": "of long ago, for sure"}}
	users.MigrateBy(old.ask)
	add(t, users, identity.NewUser{Username: "bob", Password: password})
	add(t, users, identity.NewUser{Username: "dave", Password: password, Disabled: true})
	return users, old
}

// The old system is asked once about somebody, and never again.
func TestPeopleMoveInAsTheySignIn(t *testing.T) {
	users, old := movingIn(t)
	for range 2 {
		got, err := users.SignIn(t.Context(), "ALICE", password, home)
		if err != nil || got.ID != "old-alice" || got.Username != "alice" || got.Email != "alice@example.com" {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	if _, err := users.SignIn(t.Context(), "carol", "password123", home); err != nil {
		t.Errorf("a password that is common: %v", err)
	}
	if len(old.asked) != 2 {
		t.Errorf("asked %q", old.asked)
	}
}

// Whoever fails is asked about once, and of somebody who is known here the old system
// hears nothing; the answer is one.
func TestO37TheOldSystemIsAskedAlikeForEverybody(t *testing.T) {
	for name, c := range map[string]struct {
		username string
		password oauth.Secret
		asked    string
	}{
		"unknown to both":             {"erin", password, "erin " + string(password)},
		"wrong there":                 {"alice", "not the password", "alice not the password"},
		"known, wrong":                {"bob", "not the password", "?"},
		"known, the one of long ago":  {"bob", "of long ago, for sure", "?"},
		"disabled, right":             {"dave", password, "?"},
		"a name that nobody can have": {"no name", password, "?"},
	} {
		t.Run(name, func(t *testing.T) {
			users, old := movingIn(t)
			before := users.HashCalls()
			_, err := users.SignIn(t.Context(), c.username, c.password, home)
			if e := oauth.AsError(err); e.Code != oauth.InvalidGrant || e.Description != "wrong username or password" {
				t.Errorf("got %v", err)
			}
			if len(old.asked) != 1 || old.asked[0] != c.asked || users.HashCalls()-before != 1 {
				t.Errorf("asked %q, %d hashes", old.asked, users.HashCalls()-before)
			}
			// An outage is one for all of them.
			old.down = errors.New("no route to host")
			_, err = users.SignIn(t.Context(), c.username, c.password, home)
			if e := oauth.AsError(err); e.Code != oauth.TemporarilyUnavailable {
				t.Errorf("in an outage: %v", err)
			}
		})
	}
}

// In an outage those who are here sign in, and attempts count.
func TestAnOutageOfTheOldSystem(t *testing.T) {
	users, old := movingIn(t)
	old.down = errors.New("no route to host")
	if _, err := users.SignIn(t.Context(), "bob", password, home); err != nil {
		t.Error(err)
	}
	for i := range 20 {
		_, _ = users.SignIn(t.Context(), "alice", password, elsewhere(i))
	}
	if len(old.asked) > 10 {
		t.Errorf("asked %d times, want the lockout's 10", len(old.asked))
	}
	old.down = nil
	if _, err := users.SignIn(t.Context(), "alice", password, "198.51.100.9"); code(err) != oauth.InvalidGrant {
		t.Errorf("a locked name: %v", err)
	}
}

// An old system that says yes to everybody is a hole, and noticed by the names that
// nobody has.
func TestAnOldSystemThatTakesAnybody(t *testing.T) {
	users, old := movingIn(t)
	old.lax = true
	if _, err := users.SignIn(t.Context(), "bob", "not the password", home); code(err) != oauth.TemporarilyUnavailable {
		t.Errorf("got %v", err)
	}
}

// Of sign-ins at once all who know the password get in, as one person.
func TestPeopleMoveInOnce(t *testing.T) {
	users, _ := movingIn(t)
	var wg sync.WaitGroup
	ids := make([]string, 3)
	for i := range ids {
		wg.Go(func() {
			got, err := users.SignIn(t.Context(), "alice", password, elsewhere(i))
			if err != nil {
				t.Error(err)
			}
			ids[i] = got.ID
		})
	}
	wg.Wait()
	if ids[0] != "old-alice" || ids[1] != ids[0] || ids[2] != ids[0] {
		t.Errorf("got %q", ids)
	}
}

// Who takes the name in between is somebody else: a right password there opens nothing
// here.
func TestANameThatIsTakenMeanwhile(t *testing.T) {
	users := newUsers(t)
	users.MigrateBy(func(context.Context, string, oauth.Secret) (identity.NewUser, error) {
		add(t, users, identity.NewUser{Username: "alice", Password: "somebody else's"})
		return identity.NewUser{ID: "old-alice"}, nil
	})
	if _, err := users.SignIn(t.Context(), "alice", password, home); code(err) != oauth.InvalidGrant {
		t.Errorf("got %v", err)
	}
}
