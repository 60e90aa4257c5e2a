package identity

import (
	"strings"
	"testing"
)

// A hash that parses is written as it was read, and is cheap enough to compute.
func FuzzParseArgon2id(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + strings.Repeat("A", 43))
	f.Add("$argon2id$v=19$m=19456,t=+2,p=1 $c29tZXNhbHQ$" + strings.Repeat("A", 22))
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseArgon2id(s)
		if err != nil {
			return
		}
		if h.String() != s || h.memory > maxHashMemory || h.time > maxHashTime || h.time == 0 || h.lanes == 0 {
			t.Errorf("%q was read as %q", s, h)
		}
	})
}
