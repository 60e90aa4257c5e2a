package upstream_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

func (s site) addGitHub(g *elsewhere.GitHub, secret string, change func(*upstream.Settings)) upstream.Provider {
	s.t.Helper()
	set := upstream.Settings{
		Name: "GitHub", Kind: upstream.GitHub, Issuer: g.URL, ClientID: "house", Auth: oauth.ClientSecretPost,
		Scope: oauth.Scope{"read:user", "user:email"}, Trust: upstream.Trust{TrustEmail: true, CreateUsers: true},
	}
	if change != nil {
		change(&set)
	}
	made, err := s.Providers.Add(s.t.Context(), "github", set, oauth.Secret(secret))
	must(s.t, err)
	return made
}

func TestGitHubSaysWhoItIsByItsAPI(t *testing.T) {
	s, g := open(t), elsewhere.OpenGitHub(t)
	vouched, err := s.visit(s.addGitHub(g, g.Secret, nil))
	must(t, err)
	c := vouched.Claims
	if vouched.Issuer != g.URL || vouched.Subject != "583231" || c.Email != "jo@example.com" || !*c.EmailVerified || c.PreferredUsername != "jo" {
		t.Errorf("got %+v", vouched)
	}
}

func TestGitHubsPrimaryAddressCountsWhereItIsVerified(t *testing.T) {
	for name, emails := range map[string][]map[string]any{
		"not verified":           {{"email": "jo@example.com", "primary": true, "verified": false}},
		"not the primary one":    {{"email": "jo@example.com", "primary": false, "verified": true}},
		"verified is a text":     {{"email": "jo@example.com", "primary": true, "verified": "true"}},
		"none, but for the seen": {},
	} {
		t.Run(name, func(t *testing.T) {
			s, g := open(t), elsewhere.OpenGitHub(t)
			g.Emails = emails
			vouched, err := s.visit(s.addGitHub(g, g.Secret, nil))
			if err == nil && vouched.Claims.Email != "" {
				t.Errorf("got %+v", vouched.Claims)
			}
			if err != nil && !errors.As(err, new(*upstream.Failure)) {
				t.Error(err)
			}
		})
	}
}

// A login can be given up, and taken by somebody else.
func TestALoginThatIsTakenOverIsAnotherPerson(t *testing.T) {
	s, g := open(t), elsewhere.OpenGitHub(t)
	p := s.addGitHub(g, g.Secret, func(set *upstream.Settings) { set.TrustEmail = false })
	first, err := s.account(t.Context(), p)
	must(t, err)
	g.User["id"] = 99
	second, err := s.account(t.Context(), p)
	if err != nil || second.ID == first.ID {
		t.Errorf("got %+v %v", second, err)
	}
}

func TestGitHubsQuirks(t *testing.T) {
	for name, c := range map[string]struct {
		bend    func(*elsewhere.GitHub)
		secret  string
		refused bool
	}{
		"a wrong secret, of status 200": {func(*elsewhere.GitHub) {}, "another", false},
		"the person presses cancel":     {func(g *elsewhere.GitHub) { g.Deny = true }, "", true},
		"a user without an id":          {func(g *elsewhere.GitHub) { delete(g.User, "id") }, "", false},
		"an id that is a text":          {func(g *elsewhere.GitHub) { g.User["id"] = "583231" }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, g := open(t), elsewhere.OpenGitHub(t)
			c.bend(g)
			if c.secret == "" {
				c.secret = g.Secret
			}
			_, err := s.visit(s.addGitHub(g, c.secret, nil))
			if errors.As(err, new(*upstream.Refused)) != c.refused || !c.refused && !errors.As(err, new(*upstream.Failure)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The look-alike answers with a form whom GitHub would answer so.
func TestTheLookAlikeHasGitHubsForms(t *testing.T) {
	g := elsewhere.OpenGitHub(t)
	response, err := http.PostForm(g.URL+"/login/oauth/access_token", url.Values{"client_secret": {g.Secret}})
	must(t, err)
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != "application/x-www-form-urlencoded; charset=utf-8" {
		t.Errorf("got %d %s", response.StatusCode, got)
	}
}
