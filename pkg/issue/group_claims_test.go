package issue_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// desk is a client that may ask for all about groups, and for what administers.
const deskID = "desk"

// grouped is a site where alice is an editor who may read users, and has a role of her
// own; bob has none of that.
func grouped(t *testing.T) *site {
	t.Helper()
	s := open(t)
	_, err := s.people.AddGroup(t.Context(), identity.Group{Name: "editors", Roles: []string{"EDIT", "READ"}, Scope: oauth.Scope{"admin:users:read"}})
	must(t, err)
	s.alice, err = s.people.Update(t.Context(), s.alice.ID, func(user *identity.User) error {
		user.Groups, user.Roles = []string{"editors"}, []string{"OWN", "READ"}
		return nil
	})
	must(t, err)
	s.register(identity.Registration{ID: deskID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken, oauth.ClientCredentials, oauth.Password}, RedirectURIs: []string{callback},
		Scope:                 oauth.Scope{"openid", "profile", "groups", "roles", "offline_access", "admin:users:read", "admin:users:write"},
		AuthorizationMetadata: oauth.AuthorizationMetadata{SkipConsent: true},
	}})
	return s
}

// list is a claim that lists words, "-" when it is not there.
func list(claims map[string]any, name string) string {
	values, ok := claims[name].([]any)
	if !ok {
		return "-"
	}
	var words []string
	for _, value := range values {
		words = append(words, value.(string))
	}
	return strings.Join(words, " ")
}

func TestGroupsAndRolesComeByTheirScopes(t *testing.T) {
	s := grouped(t)
	for name, c := range map[string]struct {
		user          identity.User
		scope, claims string
		groups, roles string // in tokens
	}{
		"neither":             {s.alice, "openid profile", "", "-", "-"},
		"groups":              {s.alice, "openid groups", "", "editors", "-"},
		"roles":               {s.alice, "openid roles", "", "-", "EDIT OWN READ"},
		"both":                {s.alice, "openid groups roles", "", "editors", "EDIT OWN READ"},
		"of who has none":     {s.bob, "openid groups roles", "", "-", "-"},
		"without an id_token": {s.alice, "groups", "", "editors", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			tokens := s.tokens(deskID, s.authorize(s.signIn(c.user), deskID, "scope="+c.scope))
			said := []map[string]any{claimsOf(t, tokens.AccessToken)}
			if tokens.IDToken != "" {
				about, err := s.userinfo(tokens.AccessToken)
				must(t, err)
				encoded, err := json.Marshal(about)
				must(t, err)
				var userinfo map[string]any
				must(t, json.Unmarshal(encoded, &userinfo))
				said = append(said, claimsOf(t, tokens.IDToken), userinfo)
			}
			for _, claims := range said {
				if got := list(claims, "groups"); got != c.groups {
					t.Errorf("groups %s in %v", got, claims)
				}
				if got := list(claims, "roles"); got != c.roles {
					t.Errorf("roles %s in %v", got, claims)
				}
			}
		})
	}
}

func TestGroupsAskedForByNameAreInTheIDTokenAlone(t *testing.T) {
	s := grouped(t)
	tokens := s.tokens(deskID, s.code(deskID, "scope=openid", `claims={"id_token":{"groups":null}}`))
	if got := list(claimsOf(t, tokens.IDToken), "groups"); got != "editors" {
		t.Errorf("id_token: %s", got)
	}
	if got := list(claimsOf(t, tokens.AccessToken), "groups"); got != "-" {
		t.Errorf("access token: %s", got)
	}
	_, _, err := s.parse(webID, `claims={"id_token":{"groups":null}}`)
	must(t, err)
	tokens = s.tokens(webID, s.code(webID, `claims={"id_token":{"groups":null}}`))
	if got := list(claimsOf(t, tokens.IDToken), "groups"); got != "-" {
		t.Errorf("of a client that is not registered for groups: %s", got)
	}
}

// A person is granted what administers only as far as their groups carry it, whatever
// the client is registered for.
func TestAdminScopeIsHeldByGroupsAlone(t *testing.T) {
	s := grouped(t)
	for name, c := range map[string]struct {
		user         identity.User
		asked, given string
	}{
		"what the group carries":          {s.alice, "openid admin:users:read", "openid admin:users:read"},
		"and not more":                    {s.alice, "openid admin:users:read admin:users:write", "openid admin:users:read"},
		"nothing by no group":             {s.bob, "openid admin:users:read", "openid"},
		"nothing that was not asked for":  {s.alice, "openid", "openid"},
		"no more by asking for no scope":  {s.bob, "", "openid profile groups roles"},
		"without what is not to be known": {s.bob, "profile admin:users:write", "profile"},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			tokens := s.tokens(deskID, s.authorize(s.signIn(c.user), deskID, "scope="+c.asked))
			if got := strings.TrimSuffix(tokens.Scope.String(), " offline_access"); got != c.given {
				t.Errorf("got %q, want %q", got, c.given)
			}
			if got, _ := claimsOf(t, tokens.AccessToken)["scope"].(string); got != tokens.Scope.String() {
				t.Errorf("the token says %q", got)
			}
		})
	}
	s.t = t
	req, client := s.ask(deskID, "scope=admin:users:read")
	bob := s.signIn(s.bob)
	for name, do := range map[string]func() error{
		"next": func() error { _, err := s.issuer.Next(t.Context(), req, client, &bob, issue.Progress{}); return err },
		"code": func() error { _, err := s.issuer.Authorize(t.Context(), req, client, bob); return err },
	} {
		err := do()
		wants(t, err, oauth.AccessDenied)
		if !errors.As(err, new(*issue.Refusal)) {
			t.Errorf("%s: the client is not told: %v", name, err)
		}
	}
	machine, err := s.grant(oauth.ClientCredentials, deskID, s.params(url.Values{"scope": {"admin:users:read groups"}}))
	must(t, err)
	if machine.Scope.String() != "admin:users:read groups" || list(claimsOf(t, machine.AccessToken), "groups") != "-" {
		t.Errorf("a client that acts for itself got %s, %v", machine.Scope, claimsOf(t, machine.AccessToken))
	}
}

func TestPasswordSignInHoldsNoMore(t *testing.T) {
	s := grouped(t)
	must(t, s.people.SetPassword(t.Context(), s.bob.ID, "four score and seven"))
	ask := func(scope string) (issue.TokenResponse, error) {
		return s.grant(oauth.Password, deskID, s.params(url.Values{"username": {"bob"}, "password": {"four score and seven"}, "scope": {scope}}))
	}
	tokens, err := ask("profile offline_access admin:users:read")
	must(t, err)
	if tokens.Scope.Has("admin:users:read") {
		t.Errorf("got %s", tokens.Scope)
	}
	_, err = s.people.Join(t.Context(), s.bob.ID, "editors")
	must(t, err)
	tokens, err = s.refresh(deskID, tokens.RefreshToken)
	must(t, err)
	if tokens.Scope.Has("admin:users:read") {
		t.Errorf("what was never granted came by a group: %s", tokens.Scope)
	}
	_, err = s.people.Leave(t.Context(), s.bob.ID, "editors")
	must(t, err)
	_, err = ask("admin:users:read")
	wants(t, err, oauth.InvalidScope)
}

// Who leaves a group holds nothing by it from then on: not by a token that they have,
// nor by the next one.
func TestWhatAGroupCarriedEndsAtOnce(t *testing.T) {
	s := grouped(t)
	tokens := s.tokens(deskID, s.code(deskID, "scope=openid groups offline_access admin:users:read"))
	admit := func() oauth.Scope {
		client, err := s.clients.Get(t.Context(), deskID)
		must(t, err)
		answer, err := s.issuer.Introspect(t.Context(), client, tokens.AccessToken)
		must(t, err)
		again, err := s.issuer.Introspect(t.Context(), client, string(tokens.RefreshToken))
		must(t, err)
		if !slices.Equal(answer.Scope, again.Scope) {
			t.Errorf("access token: %s, refresh token: %s", answer.Scope, again.Scope)
		}
		return answer.Scope
	}
	if got := admit(); !got.Has("admin:users:read") {
		t.Fatalf("got %s", got)
	}
	must(t, s.people.DeleteGroup(t.Context(), "editors"))
	if got := admit(); got.Has("admin:users:read") || !got.Has("groups") {
		t.Errorf("after the group was deleted: %s", got)
	}
	tokens, err := s.refresh(deskID, tokens.RefreshToken)
	must(t, err)
	if tokens.Scope.Has("admin:users:read") || list(claimsOf(t, tokens.AccessToken), "groups") != "-" {
		t.Errorf("refreshed: %s", tokens.Scope)
	}
}

// Nobody agrees to what they cannot give, so a group joined later gives nothing that
// was asked for before.
func TestConsentIsToWhatIsHeld(t *testing.T) {
	s := grouped(t)
	s.register(identity.Registration{ID: "asking", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}, RedirectURIs: []string{callback}, Scope: oauth.Scope{"openid", "admin:users:read"},
	}})
	req, client := s.ask("asking", "scope=openid admin:users:read")
	shown, err := s.issuer.Narrowed(t.Context(), req, s.bob)
	must(t, err)
	if shown.Scope.String() != "openid" {
		t.Errorf("bob is asked for %s", shown.Scope)
	}
	must(t, s.issuer.GrantConsent(t.Context(), s.bob.ID, "asking", shown.Scope, shown.Claims))
	bob := s.signIn(s.bob)
	if step, err := s.issuer.Next(t.Context(), req, client, &bob, issue.Progress{}); step != issue.Done || err != nil {
		t.Errorf("got %s, %v", step, err)
	}
	if _, err := s.issuer.Authorize(t.Context(), req, client, bob); err != nil {
		t.Errorf("what was agreed to is refused: %v", err)
	}
	tokens := s.tokens(deskID, s.authorize(bob, deskID, "scope=openid offline_access admin:users:read"))
	s.bob, err = s.people.Join(t.Context(), s.bob.ID, "editors")
	must(t, err)
	bob = s.signIn(s.bob)
	if step, err := s.issuer.Next(t.Context(), req, client, &bob, issue.Progress{}); step != issue.Consent || err != nil {
		t.Errorf("as an editor: got %s, %v", step, err)
	}
	if tokens, err = s.refresh(deskID, tokens.RefreshToken); err != nil || tokens.Scope.Has("admin:users:read") {
		t.Errorf("a refresh gives what nobody agreed to: %s, %v", tokens.Scope, err)
	}
}
