package issue_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// employed is a site where alice has values of attributes for every token.
func employed(t *testing.T) *site {
	t.Helper()
	s := grouped(t)
	for _, a := range []oauth.Attribute{
		{Name: "department", Scope: "employment"},
		{Name: "level", Type: oauth.NumberAttribute, Scope: "employment", In: []oauth.ClaimTarget{oauth.InAccessToken}},
		{Name: "motto", Scope: "profile", In: []oauth.ClaimTarget{oauth.InIDToken}},
	} {
		_, err := s.people.AddAttribute(t.Context(), a)
		must(t, err)
	}
	var err error
	s.alice, err = s.people.SetAttributes(t.Context(), s.alice.ID, identity.Values{
		"department": json.RawMessage(`"Wonderland"`), "level": json.RawMessage(`3`), "motto": json.RawMessage(`"Curiouser"`),
	})
	must(t, err)
	_, err = s.clients.Update(t.Context(), deskID, func(m *oauth.ClientMetadata) error {
		m.Scope = append(m.Scope, "employment")
		return nil
	})
	must(t, err)
	return s
}

// said are the claims of the tokens and of userinfo.
func (s *site) said(changes ...string) (accessToken, idToken, userinfo map[string]any) {
	s.t.Helper()
	tokens := s.tokens(deskID, s.code(deskID, changes...))
	about, err := s.userinfo(tokens.AccessToken)
	must(s.t, err)
	encoded, err := json.Marshal(about)
	must(s.t, err)
	must(s.t, json.Unmarshal(encoded, &userinfo))
	return claimsOf(s.t, tokens.AccessToken), claimsOf(s.t, tokens.IDToken), userinfo
}

func TestAttributesComeByTheirScopeWhereTheyAreMeantToBe(t *testing.T) {
	s := employed(t)
	for name, c := range map[string]struct {
		scope, claims                  string
		accessToken, idToken, userinfo string
	}{
		"no scope":       {"openid", "", "", "", ""},
		"a scope of one": {"openid employment", "", "level", "", "department level"},
		"a scope of OpenID Connect's": {
			"openid profile", "", "", "motto", "motto",
		},
		"by name":                          {"openid", `{"id_token":{"department":null},"userinfo":{"level":{"essential":true}}}`, "", "department", "level"},
		"by name what nobody has of them":  {"openid", `{"id_token":{"shoe_size":null}}`, "", "", ""},
		"by name, and what belongs to us":  {"openid", `{"id_token":{"sub":null,"grant_id":null,"aud":null}}`, "", "", ""},
		"by scope and by name, not double": {"openid employment profile", `{"id_token":{"motto":null}}`, "level", "motto", "department level motto"},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			accessToken, idToken, userinfo := s.said("scope="+c.scope, "claims="+c.claims)
			for _, at := range []struct {
				claims map[string]any
				want   string
			}{{accessToken, c.accessToken}, {idToken, c.idToken}, {userinfo, c.userinfo}} {
				got := ""
				for _, name := range []string{"department", "level", "motto", "shoe_size"} {
					if at.claims[name] != nil {
						got += " " + name
					}
				}
				if got != "" {
					got = got[1:]
				}
				if got != at.want {
					t.Errorf("got %q, want %q in %v", got, at.want, at.claims)
				}
			}
		})
	}
}

func TestAClientAsksForAttributesThatItCouldHave(t *testing.T) {
	s := employed(t)
	s.register(identity.Registration{ID: "narrow", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}, RedirectURIs: []string{callback}, Scope: oauth.Scope{"openid", "profile"},
		AuthorizationMetadata: oauth.AuthorizationMetadata{SkipConsent: true},
	}})
	tokens := s.tokens("narrow", s.code("narrow", `claims={"id_token":{"department":null,"motto":null}}`))
	claims := claimsOf(t, tokens.IDToken)
	if claims["department"] != nil || claims["motto"] != "Curiouser" {
		t.Errorf("got %v", claims)
	}
}

// A deleted attribute is said for ten seconds more at most, and an outage of the table
// that says which there are does not sign people out.
func TestADeletedAttributeIsSaidNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := employed(t)
		if accessToken, _, _ := s.said("scope=openid employment"); accessToken["level"] != 3.0 {
			t.Errorf("got %v", accessToken)
		}
		elsewhere := identity.NewUsers(s.users, s.state, identity.Lockout{}) // another process
		must(t, elsewhere.DeleteAttribute(t.Context(), "level"))
		time.Sleep(10 * time.Second)
		accessToken, _, userinfo := s.said("scope=openid employment")
		if accessToken["level"] != nil || userinfo["level"] != nil || userinfo["department"] != "Wonderland" {
			t.Errorf("got %v, %v", accessToken, userinfo)
		}
	})
}
