package store_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Records lie under these keys: another digest would lose them.
func TestDigest(t *testing.T) {
	for _, c := range []struct {
		parts []string
		want  string
	}{
		{[]string{""}, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"},
		{[]string{"abc"}, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"},
		{[]string{"a", "bc"}, "QLtUfZNrvTExjuN6yHmefsuyLtomUfZeMhS_-4zpe7Q"},
	} {
		if got := store.Digest(c.parts...); got != c.want {
			t.Errorf("%q: got %s, want %s", c.parts, got, c.want)
		}
	}
}
