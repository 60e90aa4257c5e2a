package issue_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// without the claims that every token has.
func beside(claims map[string]any) map[string]any {
	more := map[string]any{}
	for name, value := range claims {
		if !oauth.IsProtocolClaim(name) {
			more[name] = value
		}
	}
	return more
}

func TestMappingsSayClaimsOtherwise(t *testing.T) {
	s := employed(t)
	_, err := s.clients.Update(t.Context(), deskID, func(m *oauth.ClientMetadata) error { m.Scope = append(m.Scope, "email"); return nil })
	must(t, err)
	every := []oauth.ClaimTarget{oauth.InAccessToken, oauth.InIDToken, oauth.InUserinfo}
	type values = map[string]any
	for name, c := range map[string]struct {
		scope                          string
		rules                          []oauth.ClaimMapping
		accessToken, idToken, userinfo values
	}{
		"a rename": {
			"openid employment",
			[]oauth.ClaimMapping{{Claim: "dept", From: "department"}},
			values{"dept": "Wonderland", "level": 3.0},
			values{"dept": "Wonderland"},
			values{"dept": "Wonderland", "level": 3.0},
		},
		"a rename at one place": {
			"openid employment",
			[]oauth.ClaimMapping{{Claim: "dept", From: "department", In: []oauth.ClaimTarget{oauth.InIDToken}}},
			values{"level": 3.0},
			values{"dept": "Wonderland"},
			values{"department": "Wonderland", "level": 3.0},
		},
		"its own name says it elsewhere": {
			"openid employment",
			[]oauth.ClaimMapping{{Claim: "department", From: "department", In: every[:2]}},
			values{"department": "Wonderland", "level": 3.0},
			values{"department": "Wonderland"},
			values{"department": "Wonderland", "level": 3.0},
		},
		"nothing beyond the scope": {
			"openid",
			[]oauth.ClaimMapping{{Claim: "dept", From: "department"}, {Claim: "mail", From: "email"}, {Claim: "teams", From: "groups"}},
			values{},
			values{},
			values{},
		},
		"a constant": {
			"openid",
			[]oauth.ClaimMapping{{Claim: "tenant", Value: json.RawMessage(`{"id":7}`), In: every[:1]}},
			values{"tenant": values{"id": 7.0}},
			values{},
			values{},
		},
		"an omission": {
			"openid employment groups",
			[]oauth.ClaimMapping{{Claim: "level", Omit: true}, {Claim: "groups", Omit: true, In: every[1:]}},
			values{"groups": []any{"editors"}},
			values{},
			values{"department": "Wonderland"},
		},
		"another address is not verified": {
			"openid employment email",
			[]oauth.ClaimMapping{{Claim: "email", From: "department", In: every[2:]}},
			values{"level": 3.0},
			values{},
			values{"email": "Wonderland", "level": 3.0},
		},
		"two trade places": {
			"openid employment",
			[]oauth.ClaimMapping{{Claim: "level", From: "department", In: every[2:]}, {Claim: "department", From: "level", In: every[2:]}},
			values{"level": 3.0},
			values{},
			values{"department": 3.0, "level": "Wonderland"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			_, err := s.clients.Update(t.Context(), deskID, func(m *oauth.ClientMetadata) error { m.ClaimsMapping = c.rules; return nil })
			must(t, err)
			accessToken, idToken, userinfo := s.said("scope=" + c.scope)
			for target, diff := range map[string]string{
				"access token": cmp.Diff(c.accessToken, beside(accessToken)), "id_token": cmp.Diff(c.idToken, beside(idToken)),
				"userinfo": cmp.Diff(c.userinfo, beside(userinfo)),
			} {
				if diff != "" {
					t.Errorf("%s: %s", target, diff)
				}
			}
		})
	}
}

func TestAClientByItselfIsToldConstantsAlone(t *testing.T) {
	s := employed(t)
	_, err := s.clients.Update(t.Context(), deskID, func(m *oauth.ClientMetadata) error {
		m.ClaimsMapping = []oauth.ClaimMapping{{Claim: "tenant", Value: json.RawMessage(`"red"`)}, {Claim: "dept", From: "department"}}
		return nil
	})
	must(t, err)
	tokens, err := s.grant(oauth.ClientCredentials, deskID, s.params(url.Values{"scope": {"employment"}}))
	must(t, err)
	if diff := cmp.Diff(map[string]any{"tenant": "red"}, beside(claimsOf(t, tokens.AccessToken))); diff != "" {
		t.Error(diff)
	}
}

// Introspection says what the access token would say if it were made now.
func TestIntrospectionSaysClaimsAsTheyAre(t *testing.T) {
	s := employed(t)
	tokens := s.tokens(deskID, s.code(deskID, "scope=openid employment groups"))
	_, err := s.people.Leave(t.Context(), s.alice.ID, "editors")
	must(t, err)
	_, err = s.people.Join(t.Context(), s.alice.ID, "administrators")
	must(t, err)
	client, err := s.clients.Get(t.Context(), deskID)
	must(t, err)
	answer, err := s.issuer.Introspect(t.Context(), client, tokens.AccessToken)
	must(t, err)
	encoded, err := json.Marshal(answer)
	must(t, err)
	var members map[string]any
	must(t, json.Unmarshal(encoded, &members))
	if members["active"] != true || members["username"] != "alice" || members["scope"] != "openid employment groups" {
		t.Errorf("got %v", members)
	}
	if diff := cmp.Diff(map[string]any{"level": 3.0, "groups": []any{"administrators"}}, beside(members)); diff != "" {
		t.Error(diff)
	}
}
