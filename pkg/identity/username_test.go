package identity_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestO43UsernamesHaveOneForm(t *testing.T) {
	for name, c := range map[string]struct{ typed, want string }{
		"upper case":                         {"ALICE", "alice"},
		"full width":                         {"ａｌｉｃｅ", "alice"},
		"composed":                           {"zoe\u0308", "zo\u00eb"},
		"a mail address":                     {"Alice@Example.com", "alice@example.com"},
		"the Kelvin sign":                    {"\u212Aelvin", "kelvin"},
		"a dotless i is a letter of its own": {"al\u0131ce", "al\u0131ce"},
		"a capital I with a dot":             {"al\u0130ce", "ali\u0307ce"},
		"another script":                     {"АЛИСА", "алиса"},
		"right to left":                      {"שלום", "שלום"},
	} {
		if got, err := identity.Username(c.typed); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, c.want)
		}
	}
	for name, typed := range map[string]string{
		"empty":                   "",
		"a space":                 "ali ce",
		"a ligature":              "of\ufb01ce",
		"a zero-width space":      "ali\u200bce",
		"a zero-width joiner":     "ali\u200dce",
		"a soft hyphen":           "ali\u00adce",
		"an override":             "ali\u202ece",
		"mixed directions":        "aliceשלום",
		"a control character":     "ali\x00ce",
		"a line break":            "alice\n",
		"an ideographic space":    "ali\u3000ce",
		"a symbol":                "alice\u2460",
		"mathematical letters":    "\U0001d4aalice",
		"a private use character": "alice\ue000",
		"not UTF-8":               "alice\xff",
		"257 bytes":               strings.Repeat("a", 257),
	} {
		if got, err := identity.Username(typed); code(err) != oauth.InvalidRequest {
			t.Errorf("%s: got %q, %v, want invalid_request", name, got, err)
		}
	}
}

// A username that comes out is text, has one form, and goes in again.
func FuzzUsername(f *testing.F) {
	f.Add("Alice")
	f.Add("al\u0130ce@\u212Aelvin")
	f.Add("\u1e9e\u0345\u03a3")
	f.Fuzz(func(t *testing.T, typed string) {
		name, err := identity.Username(typed)
		if err != nil {
			return
		}
		again, err := identity.Username(name)
		if err != nil || again != name || name == "" || !utf8.ValidString(name) || strings.ContainsAny(name, " \x00") {
			t.Errorf("%q became %q, then %q, %v", typed, name, again, err)
		}
	})
}
