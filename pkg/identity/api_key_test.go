package identity_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const plan = "0123456789abcdefghij"

func aKey() identity.APIKey {
	return identity.APIKey{
		Name: "weather station", Scope: oauth.Scope{"read", "write"}, Audience: []string{"https://api.example.com"},
		Expires: time.Now().Add(24 * time.Hour), UsageIdentifierKey: plan,
	}
}

func addKey(t *testing.T, keys *identity.APIKeys, a identity.APIKey) (identity.APIKey, string) {
	t.Helper()
	made, key, err := keys.Add(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return made, string(key)
}

func TestAPIKeyIsGoodForWhatItWasMade(t *testing.T) {
	keys := identity.NewAPIKeys(tables(t))
	a, key := addKey(t, keys, aKey())
	if !regexp.MustCompile(`^ostiary_[a-z2-7]{39}$`).MatchString(key) {
		t.Errorf("no scanner would find %s", key)
	}
	got, err := keys.Check(t.Context(), key)
	want := oauth.AccessToken{
		Issuer: "urn:ostiary:api-key", Subject: "api-key#" + a.ID, ID: a.ID, Audience: []string{"https://api.example.com"},
		Scope: oauth.Scope{"read", "write"}, IssuedAt: a.Created, Expires: a.Expires,
		Claims: map[string]any{"name": "weather station", "usageIdentifierKey": plan},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, second := addKey(t, keys, aKey()); second == key {
		t.Error("two keys are one")
	}
}

func TestAPIKeyOfAClient(t *testing.T) {
	users, state := tables(t)
	keys := identity.NewAPIKeys(users, state)
	a := aKey()
	if a.ClientID = "app"; code(second(keys.Add(t.Context(), a))) != oauth.InvalidRequest {
		t.Error("the client is not there")
	}
	if _, _, err := identity.NewClients(users, nil).Add(t.Context(), identity.Registration{ID: "app"}); err != nil {
		t.Fatal(err)
	}
	_, key := addKey(t, keys, a)
	if got, err := keys.Check(t.Context(), key); err != nil || got.Subject != "app" || got.ClientID != "app" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// It could leave by itself, and its keys would stay.
func TestAClientThatRegisteredItselfGetsNoAPIKeys(t *testing.T) {
	users, state := tables(t)
	made, err := identity.NewClients(users, nil).Register(t.Context(), identity.OpenPermit(oauth.RegistrationTerms{Scope: oauth.Scope{"openid"}}),
		oauth.ClientMetadata{RedirectURIs: []string{"https://rp.example.com/callback"}})
	if err != nil {
		t.Fatal(err)
	}
	a := aKey()
	a.ClientID = made.ID
	if _, _, err := identity.NewAPIKeys(users, state).Add(t.Context(), a); code(err) != oauth.InvalidRequest {
		t.Errorf("got %v", err)
	}
}

func TestAPIKeysEndWithTheirClient(t *testing.T) {
	users, state := tables(t)
	keys := identity.NewAPIKeys(users, state)
	for _, id := range []string{"app", "other"} {
		if _, _, err := identity.NewClients(users, nil).Add(t.Context(), identity.Registration{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	made := map[string]string{} // a key and whom it acts for
	for i := range 120 {        // more than a page
		a := aKey()
		a.ClientID = []string{"app", "other", ""}[i%3]
		_, key := addKey(t, keys, a)
		made[key] = a.ClientID
	}
	if deleted, err := keys.DeleteOf(t.Context(), "app"); deleted != 40 || err != nil {
		t.Errorf("got %d, %v", deleted, err)
	}
	for key, client := range made {
		if _, err := keys.Check(t.Context(), key); (err != nil) != (client == "app") {
			t.Errorf("a key of %q: got %v", client, err)
		}
	}
}

func second(_ identity.APIKey, _ oauth.Secret, err error) error { return err }

func TestAPIKeysThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, state := tables(t)
		counted := &writes{Table: users}
		keys := identity.NewAPIKeys(counted, state)
		a, key := addKey(t, keys, aKey())
		flipped := strings.ToUpper(key[:12]) + key[12:]
		for name, text := range map[string]string{
			"nothing": "", "the prefix alone": "ostiary_", "its ID": a.ID, "another prefix": "ostiari_" + key[8:],
			"in capitals": flipped, "cut": key[:46], "more": key + "a", "a checksum that is wrong": key[:46] + next(key[46]),
			"a character that is wrong": key[:20] + next(key[20]) + key[21:], "spaces": " " + key, "two": key + "," + key,
		} {
			if _, err := keys.Check(t.Context(), text); !oauth.InvalidToken.In(err) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if counted.reads > 0 { // whoever guesses does not even make us look
			t.Errorf("%d reads", counted.reads)
		}
		if _, err := keys.Disable(t.Context(), a.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Check(t.Context(), key); !oauth.InvalidToken.In(err) {
			t.Errorf("disabled: got %v", err)
		}
		if _, err := keys.Disable(t.Context(), a.ID, false); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Check(t.Context(), key); err != nil {
			t.Errorf("good again: got %v", err)
		}
		time.Sleep(24 * time.Hour)
		if _, err := keys.Check(t.Context(), key); !oauth.InvalidToken.In(err) {
			t.Errorf("expired: got %v", err)
		}
		a, key = addKey(t, keys, aKey())
		if err := keys.Delete(t.Context(), a.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Check(t.Context(), key); !oauth.InvalidToken.In(err) {
			t.Errorf("deleted: got %v", err)
		}
		if err := keys.Delete(t.Context(), a.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted twice: got %v", err)
		}
	})
}

// next is another character than this one.
func next(c byte) string {
	if c == 'a' {
		return "b"
	}
	return "a"
}

// Whoever reads the tables learns no key, and what lies where a key's ID leads counts
// for that key only when the whole hash is its own.
func TestAPIKeysAreKeptAsHashes(t *testing.T) {
	users, state := tables(t)
	keys := identity.NewAPIKeys(users, state)
	_, one := addKey(t, keys, aKey())
	_, other := addKey(t, keys, aKey())
	var records []store.Record
	for i := range 32 {
		found, _, err := users.List(t.Context(), fmt.Sprintf("api-key#%02d", i), "", store.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, found...)
	}
	if len(records) != 2 {
		t.Fatalf("%d records", len(records))
	}
	for _, record := range records {
		if strings.Contains(string(record.Value), one[8:20]) || strings.Contains(string(record.Value), other[8:20]) {
			t.Errorf("%s tells a key", record.Value)
		}
	}
	swapped := records[0]
	swapped.Key = records[1].Key
	kept, err := store.Decode[map[string]any](swapped)
	if err != nil {
		t.Fatal(err)
	}
	if err := users.Write(t.Context(), store.Put(swapped.Key, kept)); err != nil {
		t.Fatal(err)
	}
	good := 0
	for _, key := range []string{one, other} {
		if _, err := keys.Check(t.Context(), key); err == nil {
			good++
		}
	}
	if good != 1 {
		t.Errorf("%d keys are good", good)
	}
}

func TestAPIKeysThatCannotBeMade(t *testing.T) {
	keys := identity.NewAPIKeys(tables(t))
	for name, change := range map[string]func(*identity.APIKey){
		"no name":               func(a *identity.APIKey) { a.Name = "" },
		"an endless name":       func(a *identity.APIKey) { a.Name = strings.Repeat("n", 201) },
		"for no API":            func(a *identity.APIKey) { a.Audience = nil },
		"for an API of no name": func(a *identity.APIKey) { a.Audience = []string{""} },
		"ended":                 func(a *identity.APIKey) { a.Expires = time.Now() },
		"endless":               func(a *identity.APIKey) { a.Expires = time.Time{} },
		"for eleven years":      func(a *identity.APIKey) { a.Expires = time.Now().Add(11 * 365 * 24 * time.Hour) },
		"a short plan's key":    func(a *identity.APIKey) { a.UsageIdentifierKey = "short" },
		"a client_id in two":    func(a *identity.APIKey) { a.ClientID = "a b" },
	} {
		a := aKey()
		change(&a)
		if err := second(keys.Add(t.Context(), a)); code(err) != oauth.InvalidRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// When a key was used is one write a day, and not one a request.
func TestAPIKeysLastUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, state := tables(t)
		counted := &writes{Table: state}
		keys := identity.NewAPIKeys(users, counted)
		a, key := addKey(t, keys, func() identity.APIKey { a := aKey(); a.Expires = time.Now().Add(100 * time.Hour); return a }())
		if day, err := keys.LastUsed(t.Context(), a.ID); day != "" || err != nil {
			t.Errorf("never used: got %s, %v", day, err)
		}
		for _, want := range []string{"2000-01-01", "2000-01-02"} {
			for range 3 {
				if _, err := keys.Check(t.Context(), key); err != nil {
					t.Fatal(err)
				}
			}
			if day, err := keys.LastUsed(t.Context(), a.ID); day != want || err != nil {
				t.Errorf("got %s, %v", day, err)
			}
			time.Sleep(24 * time.Hour)
		}
		if counted.times != 2 {
			t.Errorf("%d writes", counted.times)
		}
		// The gate stays open where that cannot be written.
		counted.fails = true
		if _, err := keys.Check(t.Context(), key); err != nil {
			t.Error(err)
		}
	})
}
