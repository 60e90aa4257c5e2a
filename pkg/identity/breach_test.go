package identity_test

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// sha1Of returns what is sent of a password's hash, and what is not.
func sha1Of(password string) (prefix, rest string) {
	digits := fmt.Sprintf("%X", sha1.Sum([]byte(password)))
	return digits[:5], digits[5:]
}

// TestO38ALeakedPasswordIsRefused where one is chosen, and no more of it leaves than five
// digits of its hash.
func TestO38ALeakedPasswordIsRefused(t *testing.T) {
	users := newUsers(t)
	alice := add(t, users, identity.NewUser{Username: "alice"})
	var asked []string
	answer := ""
	users.CheckBreachesBy(func(_ context.Context, prefix string) string {
		asked = append(asked, prefix)
		return answer
	})
	prefix, rest := sha1Of("crumb of moonlight")
	for name, c := range map[string]struct {
		answer string
		leaked bool
	}{
		"leaked":                    {"0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n" + rest + ":37\r\n", true},
		"the last line":             {rest + ":1", true},
		"in small letters":          {strings.ToLower(rest) + ":2\n", true},
		"padding":                   {rest + ":0\r\n", false},
		"others":                    {"0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n", false},
		"no answer":                 {"", false},
		"a page that is no answer":  {"<html>", false},
		"the whole hash, elsewhere": {prefix + rest + ":1", false},
	} {
		t.Run(name, func(t *testing.T) {
			asked, answer = nil, c.answer
			before := users.HashCalls()
			_, chosen := users.HashPassword(t.Context(), "crumb of moonlight", "alice")
			set := users.SetPassword(t.Context(), alice.ID, "crumb of moonlight")
			for _, err := range []error{chosen, set} {
				if errors.Is(err, identity.ErrPasswordBreached) != c.leaked || oauth.InvalidRequest.In(err) != c.leaked {
					t.Errorf("got %v", err)
				}
			}
			if len(asked) != 2 || asked[0] != prefix || asked[1] != prefix {
				t.Errorf("asked for %v, want %s", asked, prefix)
			}
			if c.leaked && users.HashCalls() != before {
				t.Error("a refused password was hashed")
			}
		})
	}
	asked = nil
	_, _ = users.HashPassword(t.Context(), "password1", "alice") // refused already
	_, _ = users.SignIn(t.Context(), "alice", "crumb of moonlight", home)
	_, _ = users.Add(t.Context(), identity.NewUser{Username: "moved", Password: "crumb of moonlight"})
	if len(asked) > 0 {
		t.Errorf("asked for %v where nobody chose a password", asked)
	}
}
