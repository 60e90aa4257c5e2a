package endpoint_test

import (
	"strings"
	"testing"
)

// Initiating User Registration §4.1: create is advertised where people may create accounts,
// who is invited included; and nowhere where no mail can bring them a link.
func TestWhereCreateIsAdvertised(t *testing.T) {
	mail := []string{"MAIL=ses", "MAIL_FROM=no-reply@example.com"}
	for mode, c := range map[string]struct {
		settings []string
		create   bool
	}{
		"no word of it": {nil, false},
		"closed":        {append(mail, "SIGN_UP=closed"), false},
		"invited":       {append(mail, "SIGN_UP=invited"), true},
		"domains":       {append(mail, "SIGN_UP=domains", "SIGN_UP_DOMAINS=example.com"), true},
		"open":          {append(mail, "SIGN_UP=open"), true},
	} {
		a := open(t, c.settings...).call("GET", "/.well-known/openid-configuration", "")
		got := string(mustJSON(t, a.json["prompt_values_supported"]))
		if strings.Contains(got, `"create"`) != c.create || !strings.HasPrefix(got, `["none","login","consent","select_account"`) {
			t.Errorf("%s: got %s", mode, got)
		}
	}
}
