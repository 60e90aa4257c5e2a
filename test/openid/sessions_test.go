package openid_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// sessions is section 1: who is asked again, and what auth_time says then.
func sessions(t *testing.T, p *provider) {
	c := p.newClient(t, nil)
	first := c.idToken(t, c.signIn(t, "max_age=10000"))
	hint := c.signIn(t).text("id_token")
	for name, changes := range map[string][]string{
		"max-age-10000":         {"max_age=10000"},
		"prompt-none-logged-in": {"prompt=none", "max_age=10000"},
		"id-token-hint":         {"prompt=none", "max_age=10000", "id_token_hint=" + hint},
	} {
		c.person.Seen = nil
		again := c.idToken(t, c.signIn(t, changes...))
		if again["sub"] != first["sub"] || again["auth_time"] != first["auth_time"] || len(c.person.Seen) > 0 {
			t.Errorf("%s: the id_token says %v, the person saw %v", name, again, c.person.Seen)
		}
	}
	other := p.newClient(t, nil) // and another client's single sign-on
	other.person = c.person
	if again := other.idToken(t, other.signIn(t, "prompt=none", "max_age=10000")); again["auth_time"] != first["auth_time"] {
		t.Errorf("the id_token says %v", again)
	}
	// prompt-login: until a second has passed, auth_time cannot tell.
	for later := false; !later; {
		c.person.Seen = nil
		again := c.idToken(t, c.signIn(t, "prompt=login", "max_age=10000"))
		if !slices.Contains(c.person.Seen, "login-form") {
			t.Fatal("the session was enough")
		}
		later = number(t, again["auth_time"]) > number(t, first["auth_time"])
	}
	// max-age-1: at last the password is asked for again.
	for asked := false; !asked; asked = slices.Contains(c.person.Seen, "login-form") {
		c.person.Seen = nil
		again := c.idToken(t, c.signIn(t, "max_age=1"))
		if number(t, again["auth_time"]) < number(t, first["auth_time"]) {
			t.Fatalf("the id_token says %v", again)
		}
	}
	// The cookies, as they come over TLS.
	response, err := c.http.Transport.RoundTrip(newRequest(t, c.request()))
	check(t, err)
	response.Body.Close()
	for _, cookie := range response.Cookies() {
		if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" ||
			cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("got %s", cookie.Raw)
		}
	}
	if len(response.Cookies()) == 0 {
		t.Error("there is no cookie")
	}
}

func newRequest(t *testing.T, target string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	check(t, err)
	return r
}

// formPost is section 4: nothing travels in the query.
func formPost(t *testing.T, p *provider) {
	c := p.newClient(t, nil)
	for name, r := range map[string]struct{ change, want string }{
		"code": {"scope=openid email", "code"}, "prompt none": {"prompt=none", "error"},
		"response-type-missing": {"response_type=", "error"}, "max_age": {"max_age=x", "error"},
	} {
		somebody := p.alice(t)
		arrived, err := somebody.Go(t.Context(), c.request("response_mode=form_post", r.change))
		check(t, err)
		if arrived.Method != http.MethodPost || arrived.URL.String() != callback || !arrived.Form.Has(r.want) ||
			arrived.Form.Get("state") != state || arrived.Form.Get("iss") != c.Issuer {
			t.Errorf("%s: %s to %s with %v", name, arrived.Method, arrived.URL, arrived.Form)
		}
	}
	odd := `"><script>alert('x')</script>&amp;`
	arrived, err := c.person.Go(t.Context(), c.request("response_mode=form_post", "state="+odd))
	check(t, err)
	if arrived.Form.Get("state") != odd {
		t.Errorf("the state arrived as %q", arrived.Form.Get("state"))
	}
}
