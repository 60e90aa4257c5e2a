package identity_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func TestWhatEndsSessions(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice", Password: password})
	rename := func(ctx context.Context, id string) error {
		_, err := users.Update(ctx, id, func(u *identity.User) error { u.Name, u.Epoch, u.ID = "Alice", 99, "x"; return nil })
		return err
	}
	for _, step := range []struct {
		name  string
		do    func(context.Context, string) error
		epoch int
	}{
		{"another claim ends none", rename, 0},
		{"signing out everywhere", users.SignOutEverywhere, 1},
		{"another password", func(ctx context.Context, id string) error { return users.SetPassword(ctx, id, "another password") }, 2},
		{"disabling", users.Disable, 3},
		{"disabling again ends none", users.Disable, 3},
		{"enabling ends none", users.Enable, 3},
	} {
		if err := step.do(t.Context(), alice.ID); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got, err := users.Get(t.Context(), alice.ID); err != nil || got.Epoch != step.epoch {
			t.Errorf("%s: epoch %d, %v, want %d", step.name, got.Epoch, err, step.epoch)
		}
	}
	if _, err := users.SignIn(t.Context(), "alice", password, home); code(err) != oauth.InvalidGrant {
		t.Errorf("the former password: %v", err)
	}
	if _, err := users.SignIn(t.Context(), "alice", "another password", home); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestNoChangeIsLost(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice"})
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if err := users.SignOutEverywhere(t.Context(), alice.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := users.Get(t.Context(), alice.ID); err != nil || got.Epoch != 32 {
		t.Errorf("epoch %d, %v, want 32", got.Epoch, err)
	}
}

func TestUpdateKeepsNamesUniqueAndClaimsInForm(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice"})
	add(t, users, identity.NewUser{Username: "bob"})
	to := func(name string) error {
		_, err := users.Update(t.Context(), alice.ID, func(u *identity.User) error { u.Username = name; return nil })
		return err
	}
	if err := to("BOB"); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("to a taken name: %v", err)
	}
	if _, err := users.Update(t.Context(), alice.ID, func(u *identity.User) error { u.Picture = "javascript:alert(1)"; return nil }); code(err) != oauth.InvalidRequest {
		t.Errorf("to a picture that is code: %v", err)
	}
	if err := to("no name"); code(err) != oauth.InvalidRequest {
		t.Errorf("to no name: %v", err)
	}
	if err := to("ALICE"); err != nil {
		t.Errorf("to the same name in another case: %v", err)
	}
	if err := to("Carol"); err != nil {
		t.Fatal(err)
	}
	if got, err := users.ByUsername(t.Context(), "carol"); err != nil || got.ID != alice.ID || got.Username != "carol" {
		t.Errorf("by the new name: %+v, %v", got, err)
	}
	add(t, users, identity.NewUser{Username: "alice"}) // the old name is free
}

func TestDelete(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice", Password: password})
	if err := users.Delete(t.Context(), alice.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := users.SignIn(t.Context(), "alice", password, home); code(err) != oauth.InvalidGrant {
		t.Errorf("sign-in of a deleted user: %v", err)
	}
	for name, do := range map[string]func(context.Context, string) error{
		"delete": users.Delete, "disable": users.Disable, "sign out everywhere": users.SignOutEverywhere,
		"set password": func(ctx context.Context, id string) error { return users.SetPassword(ctx, id, password) },
	} {
		if err := do(t.Context(), alice.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of a deleted user: %v", name, err)
		}
	}
	if again := add(t, users, identity.NewUser{Username: "alice"}); again.ID == alice.ID {
		t.Error("a sub was used again")
	}
}
