package identity_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const rightPassword = oauth.Secret("correct horse battery")

// confirmed is a new person whose address is confirmed, or not.
func confirmed(username, email string, verified bool) identity.NewUser {
	return identity.NewUser{Username: username, Password: rightPassword, StandardClaims: oauth.StandardClaims{Email: email, EmailVerified: &verified}}
}

// finds reports whom a typed name finds: a sign-in and a look-up must agree.
func finds(t *testing.T, users *identity.Users, typed string) string {
	t.Helper()
	holder, err := users.Holder(t.Context(), typed)
	if err != nil {
		t.Fatal(err)
	}
	signedIn, err := users.SignIn(t.Context(), typed, rightPassword, home)
	if err != nil && code(err) != oauth.InvalidGrant {
		t.Fatal(err)
	}
	if signedIn.ID != holder.ID {
		t.Errorf("%q finds %q and signs in %q", typed, holder.Username, signedIn.Username)
	}
	return holder.Username
}

func TestPeopleAreFoundByTheirConfirmedAddress(t *testing.T) {
	users := newUsers(t)
	add(t, users, confirmed("alice", "Alice@Example.com", true))
	add(t, users, confirmed("bob", "bob@example.com", false))
	for typed, want := range map[string]string{
		"alice":              "alice",
		"Alice@Example.com":  "alice",
		"ALICE@EXAMPLE.COM":  "alice",
		"ａlice@example.com":  "alice", // as a username's full width
		"bob":                "bob",
		"bob@example.com":    "", // nobody has shown whose it is
		"alice@example":      "",
		"@":                  "",
		"alice@example.com ": "",
	} {
		if got := finds(t, users, typed); got != want {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
}

// The record of an address follows its person through every kind of write.
func TestTheAddressFollowsItsPerson(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, confirmed("alice", "old@example.com", true))
	update := func(change func(*identity.User)) {
		t.Helper()
		if _, err := users.Update(t.Context(), alice.ID, func(user *identity.User) error { change(user); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what string, addresses map[string]string) {
		t.Helper()
		for address, want := range addresses {
			if got := finds(t, users, address); got != want {
				t.Errorf("%s: %s finds %q, want %q", what, address, got, want)
			}
		}
	}
	if _, err := users.ConfirmEmail(t.Context(), alice.ID, "old@example.com", "new@example.com"); err != nil {
		t.Fatal(err)
	}
	expect("another address", map[string]string{"old@example.com": "", "new@example.com": "alice"})
	update(func(user *identity.User) { user.EmailVerified = nil })
	expect("no longer confirmed", map[string]string{"new@example.com": ""})
	verified := true
	update(func(user *identity.User) { user.EmailVerified = &verified })
	expect("confirmed again", map[string]string{"new@example.com": "alice"})
	update(func(user *identity.User) { user.Username = "alice2" })
	expect("another name", map[string]string{"new@example.com": "alice2"})
	if err := users.Delete(t.Context(), alice.ID); err != nil {
		t.Fatal(err)
	}
	expect("deleted", map[string]string{"new@example.com": "", "alice2": ""})
	add(t, users, confirmed("bob", "new@example.com", true))
	expect("somebody else's", map[string]string{"new@example.com": "bob"})
}

// Of several who confirmed one address the first is found, until it is free; who signs
// up by it is told that it is somebody's.
func TestAnAddressFindsOnePerson(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, confirmed("alice", "shared@example.com", true))
	bob := add(t, users, confirmed("bob", "Shared@example.com", true))
	if got := finds(t, users, "shared@example.com"); got != "alice" {
		t.Errorf("it finds %q", got)
	}
	password, err := users.HashPassword(t.Context(), rightPassword, "shared@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.SignUp(t.Context(), confirmed("", "SHARED@example.com", true), password, true); !errors.Is(err, identity.ErrTaken) {
		t.Errorf("signing up: got %v", err)
	}
	if err := users.Delete(t.Context(), bob.ID); err != nil {
		t.Fatal(err)
	}
	if got := finds(t, users, "shared@example.com"); got != "alice" {
		t.Errorf("with the second gone it finds %q", got)
	}
	bob = add(t, users, confirmed("bob", "shared@example.com", true))
	if err := users.Delete(t.Context(), alice.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := users.Reindex(t.Context(), bob.ID); err != nil || got != identity.AddressIndexed {
		t.Errorf("got %s %v", got, err)
	}
	if got := finds(t, users, "shared@example.com"); got != "bob" {
		t.Errorf("with the first gone it finds %q", got)
	}
}

// A username is whose it is, though it is somebody else's address.
func TestAUsernameComesBeforeAnAddress(t *testing.T) {
	users := newUsers(t)
	add(t, users, confirmed("alice", "kim@example.com", true))
	add(t, users, identity.NewUser{Username: "kim@example.com", Password: rightPassword})
	if got := finds(t, users, "kim@example.com"); got != "kim@example.com" {
		t.Errorf("it finds %q", got)
	}
}

// Who was added before there was a record is found by their username alone, until they
// are written to or reindexed.
func TestTablesFromBefore(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, lockout)
	alice := add(t, users, confirmed("alice", "alice@example.com", true))
	bob := add(t, users, confirmed("bob", "bob@example.com", true))
	for _, shard := range allOf(t, table, "email") {
		if err := table.Write(t.Context(), store.Delete(shard)); err != nil {
			t.Fatal(err)
		}
	}
	if got := finds(t, users, "alice@example.com"); got != "" {
		t.Errorf("it finds %q", got)
	}
	if err := users.SignOutEverywhere(t.Context(), alice.ID); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{identity.AddressIndexed, identity.AddressKnown} {
		if due, err := users.Unindexed(t.Context(), bob); err != nil || due != (want == identity.AddressIndexed) {
			t.Errorf("got %t %v, want %s", due, err, want)
		}
		if got, err := users.Reindex(t.Context(), bob.ID); err != nil || got != want {
			t.Errorf("got %s %v, want %s", got, err, want)
		}
	}
	for _, name := range []string{"alice", "bob"} {
		if got := finds(t, users, strings.ToUpper(name)+"@example.com"); got != name {
			t.Errorf("%s's finds %q", name, got)
		}
	}
}

// A record that tells another story than its person finds nobody.
func TestAStaleAddressFindsNobody(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, lockout)
	add(t, users, confirmed("alice", "alice@example.com", true))
	mallory := add(t, users, confirmed("mallory", "mallory@example.com", true))
	key := allOf(t, table, "email")["alice@example.com"]
	if err := table.Write(t.Context(), store.Put(key, map[string]string{"id": mallory.ID})); err != nil {
		t.Fatal(err)
	}
	if got := finds(t, users, "alice@example.com"); got != "" {
		t.Errorf("it finds %q", got)
	}
}

// allOf returns the keys of all names of a kind, by name.
func allOf(t *testing.T, table store.Table, kind string) map[string]store.Key {
	t.Helper()
	found := map[string]store.Key{}
	for shard := range 32 {
		records, err := store.All(t.Context(), table, kind+"#"+string([]byte{byte('0' + shard/10), byte('0' + shard%10)}), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			found[record.Key.Sort] = record.Key
		}
	}
	return found
}

// An archive brings nobody's record of an address: it is made with the person.
func TestARestoredPersonIsFoundByTheirAddress(t *testing.T) {
	table, state := tables(t)
	users := identity.NewUsers(table, state, lockout)
	add(t, users, confirmed("alice", "alice@example.com", true))
	clients := identity.NewClients(table, nil)
	into, passing := tables(t)
	moved := identity.NewUsers(into, passing, lockout)
	restored := identity.NewArchive(moved, identity.NewClients(into, nil))
	for range 2 { // an import that broke off is done again
		_, err := identity.NewArchive(users, clients).Write(t.Context(), func(line identity.ArchiveLine) error {
			return restored.Restore(t.Context(), line)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := finds(t, moved, "alice@example.com"); got != "alice" {
		t.Errorf("it finds %q", got)
	}
}

// Who moves in from an old system that has confirmed their address is found by it.
func TestWhoMovesInIsFoundByTheirAddress(t *testing.T) {
	users := newUsers(t)
	users.MigrateBy(func(_ context.Context, username string, _ oauth.Secret) (identity.NewUser, error) {
		if username != "alice" {
			return identity.NewUser{}, identity.ErrNotThere
		}
		return confirmed("alice", "alice@example.com", true), nil
	})
	if _, err := users.SignIn(t.Context(), "alice", rightPassword, home); err != nil {
		t.Fatal(err)
	}
	if got := finds(t, users, "alice@example.com"); got != "alice" {
		t.Errorf("it finds %q", got)
	}
	if _, err := users.Import(t.Context(), confirmed("alice", "other@example.com", true), identity.UpdateStanding); err != nil {
		t.Fatal(err)
	}
	if got := finds(t, users, "other@example.com"); got != "alice" {
		t.Errorf("after an import it finds %q", got)
	}
}
