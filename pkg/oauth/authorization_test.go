package oauth_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestAStrongerClassIncludesAWeakerOne(t *testing.T) {
	for name, c := range map[string]struct {
		class  string
		wanted []string
		want   bool
	}{
		"the class itself":      {oauth.ACRPassword, []string{"gold", oauth.ACRPassword}, true},
		"the stronger":          {oauth.ACRMultiFactor, []string{oauth.ACRPassword}, true},
		"the weaker":            {oauth.ACRPassword, []string{oauth.ACRMultiFactor}, false},
		"another's":             {"gold", []string{"gold"}, true},
		"another's, not wanted": {"gold", []string{oauth.ACRPassword}, false},
		"none":                  {"", []string{oauth.ACRPassword}, false},
		"nothing wanted":        {oauth.ACRMultiFactor, nil, false},
	} {
		if got := oauth.ACRCovers(c.class, c.wanted); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
