package identity_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestO39PasswordBoundsComeBeforeTheHash(t *testing.T) {
	users := newUsers(t)
	add(t, users, identity.NewUser{Username: "alice"})
	for name, c := range map[string]struct {
		password oauth.Secret
		hashes   int64
	}{
		"eight characters":                    {"eight ch", 1},
		"a megabyte":                          {oauth.Secret(strings.Repeat("long", 1<<18)), 0},
		"10,000 combining characters":         {oauth.Secret("e" + strings.Repeat("\u0301", 10000)), 0},
		"seven characters":                    {"1234567", 0},
		"seven once NFKC has composed them":   {oauth.Secret(strings.Repeat("e\u0301", 7)), 0},
		"128 characters of 4 bytes":           {oauth.Secret(strings.Repeat("\U0001F511", 128)), 1},
		"129 characters":                      {oauth.Secret(strings.Repeat("x", 129)), 0},
		"513 bytes":                           {oauth.Secret(strings.Repeat("\U0001F511", 128) + "x"), 0},
		"128 characters, 900 once decomposed": {oauth.Secret(strings.Repeat("\uFDFA", 50)), 0},
		"900 bytes for 100 syllables":         {oauth.Secret(strings.Repeat("\u1112\u1161\u11ab", 100)), 0},
		"not UTF-8":                           {"password \xff\xfe", 0},
		"empty":                               {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := users.HashCalls()
			_, err := users.SignIn(t.Context(), "alice", c.password, home)
			if got := users.HashCalls() - before; got != c.hashes || code(err) != oauth.InvalidGrant {
				t.Errorf("sign-in: %d hashes and %v, want %d and invalid_grant", got, err, c.hashes)
			}
			before = users.HashCalls()
			_, err = users.Add(t.Context(), identity.NewUser{Username: "new" + strings.Repeat("x", int(before)), Password: c.password})
			if c.password == "" {
				return // a user without a password
			}
			if got := users.HashCalls() - before; got != c.hashes || (err == nil) != (c.hashes == 1) {
				t.Errorf("add: %d hashes and %v, want %d", got, err, c.hashes)
			}
		})
	}
}

// TestO38APasswordIsNotAmongThoseGuessedFirst: wherever one is set.
func TestO38APasswordIsNotAmongThoseGuessedFirst(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice.liddell"})
	for name, secret := range map[string]oauth.Secret{
		"common":                     "password123",
		"common in another case":     "PassWord123",
		"common in full width":       "ｐａｓｓｗｏｒｄ",
		"the first of the list":      "00000000",
		"the last of the list":       "zxcvbnm123",
		"the username":               "alice.liddell",
		"the username in upper case": "ALICE.LIDDELL",
	} {
		t.Run(name, func(t *testing.T) {
			if err := users.SetPassword(t.Context(), alice.ID, secret); code(err) != oauth.InvalidRequest {
				t.Errorf("another password: got %v, want invalid_request", err)
			}
			username := strings.ToLower(string(secret)) // for the two that are a name, the name
			if !strings.HasPrefix(name, "the username") {
				username = "bob"
			}
			if _, err := users.Add(t.Context(), identity.NewUser{Username: username, Password: secret}); code(err) != oauth.InvalidRequest || errors.Is(err, identity.ErrTaken) {
				t.Errorf("a first password: got %v, want invalid_request", err)
			}
		})
	}
	if users.HashCalls() != 0 {
		t.Error("a refused password was hashed")
	}
}
