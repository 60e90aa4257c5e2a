package identity_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
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

// O43: an address with letters that look like others finds nobody, and mail for who is
// found goes to the address as it is kept.
func TestO43AnAddressThatLooksLikeAnotherFindsNobody(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, confirmed("alice", "Mike@Example.com", true))
	add(t, users, confirmed("mallory", "m\u0131ke@example.com", true))
	for _, typed := range []string{"m\u0131ke@example.com", "M\u0130KE@example.com", "mi\u200bke@example.com", "mike@examp\u217ce.com\u202e"} {
		if got := finds(t, users, typed); got != "" {
			t.Errorf("%q finds %s", typed, got)
		}
	}
	found, err := users.Named(t.Context(), "MIKE@EXAMPLE.COM")
	if err != nil || found.ID != alice.ID || found.Email != "Mike@Example.com" {
		t.Errorf("mail would go to %s of %s: %v", found.Email, found.Username, err)
	}
}

// O44: who claims an address before its owner does gains nothing by it.
func TestO44AnUnconfirmedAddressIsNobodys(t *testing.T) {
	users := newUsers(t)
	mallory := add(t, users, confirmed("mallory", "jo@example.com", false))
	password, err := users.HashPassword(t.Context(), rightPassword, "jo@example.com")
	if err != nil {
		t.Fatal(err)
	}
	jo, err := users.SignUp(t.Context(), confirmed("", "jo@example.com", true), password, true)
	if err != nil {
		t.Fatalf("the owner cannot sign up: %v", err)
	}
	if got := finds(t, users, "jo@example.com"); got != jo.Username {
		t.Errorf("it finds %q", got)
	}
	verified := true
	_, err = users.Update(t.Context(), mallory.ID, func(user *identity.User) error { user.EmailVerified = &verified; return nil })
	if got := finds(t, users, "jo@example.com"); err != nil || got != jo.Username {
		t.Errorf("it finds %q: %v", got, err)
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

// Of any number who confirm one address at once, one is found by it, and all have it.
func TestTheRaceForAnAddress(t *testing.T) {
	users := newUsers(t)
	var people []identity.User
	for _, name := range []string{"a", "b", "c", "d"} {
		people = append(people, add(t, users, confirmed(name+name, name+"@example.com", true)))
	}
	var group sync.WaitGroup
	for _, each := range people {
		group.Go(func() {
			if _, err := users.ConfirmEmail(t.Context(), each.ID, each.Email, "wanted@example.com"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := finds(t, users, "wanted@example.com"); got == "" {
		t.Error("nobody is found")
	}
	for _, each := range people {
		if got := finds(t, users, each.Email); got != "" {
			t.Errorf("%s finds %q still", each.Email, got)
		}
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

// O38: whoever guesses at an address locks it and not the name, which would tell whose it
// is; and an administrator sees and ends both.
func TestO38AnAddressIsLockedByItselfAndUnlockedWithItsAccount(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, confirmed("alice", "alice@example.com", true))
	carol := add(t, users, confirmed("carol@example.com", "carol@example.com", true)) // one name, one count
	for n := range lockout.Attempts {
		_, _ = users.SignIn(t.Context(), "Alice@example.com", "not the password", "198.51.100."+strconv.Itoa(n+1))
	}
	if _, err := users.SignIn(t.Context(), "alice@example.com", rightPassword, home); !errors.Is(err, store.ErrLimit) {
		t.Errorf("by the address: got %v", err)
	}
	if _, err := users.SignIn(t.Context(), "alice", rightPassword, home); err != nil {
		t.Errorf("by the name: got %v", err)
	}
	if locked, err := users.Locked(t.Context(), alice); err != nil || !locked {
		t.Errorf("locked: got %v %v", locked, err)
	}
	for _, user := range []identity.User{alice, carol} {
		if err := users.Unlock(t.Context(), user.ID); err != nil {
			t.Fatal(err)
		}
	}
	if locked, err := users.Locked(t.Context(), alice); err != nil || locked {
		t.Errorf("unlocked: got %v %v", locked, err)
	}
	if _, err := users.SignIn(t.Context(), "alice@example.com", rightPassword, home); err != nil {
		t.Errorf("unlocked: got %v", err)
	}
}

// reads counts what is read of a table.
type reads struct {
	store.Table
	mu sync.Mutex
	n  int
}

func (r *reads) Get(ctx context.Context, key store.Key) (store.Record, error) {
	r.mu.Lock()
	r.n++
	r.mu.Unlock()
	return r.Table.Get(ctx, key)
}

// O37: to sign in by an address costs the same reads and hashes whether it is somebody's
// username, finds somebody, waits unconfirmed with somebody, or is nobody's.
func TestO37AnAddressCostsTheSameForEverybody(t *testing.T) {
	table, state := tables(t)
	counted := &reads{Table: table}
	users := identity.NewUsers(counted, state, lockout)
	add(t, users, confirmed("alice", "alice@example.com", true))
	add(t, users, confirmed("bob", "bob@example.com", false))
	add(t, users, confirmed("carol@example.com", "carol@example.com", true))
	want, hashes := -1, int64(1)
	for _, typed := range []string{"alice@example.com", "bob@example.com", "carol@example.com", "nobody@example.com"} {
		_, _ = users.SignIn(t.Context(), typed, "warm the caches up", home)
		counted.n = 0
		before := users.HashCalls()
		if _, err := users.SignIn(t.Context(), typed, "not the password", home); code(err) != oauth.InvalidGrant {
			t.Errorf("%s: got %v", typed, err)
		}
		if want < 0 {
			want = counted.n
		}
		if got := users.HashCalls() - before; counted.n != want || got != hashes {
			t.Errorf("%s: %d reads and %d hashes, want %d and %d", typed, counted.n, got, want, hashes)
		}
	}
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
