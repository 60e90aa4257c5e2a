package api_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// operations lists what the description has that needs a token: method, path, scope.
func operations(t *testing.T) [][3]string {
	t.Helper()
	d, err := described()
	must(t, err)
	var all [][3]string
	for path, item := range d.root["paths"].(object) {
		for method, operation := range item.(object) {
			o, ok := operation.(object)
			if !ok || len(o["security"].([]any)) == 0 {
				continue
			}
			scope := o["security"].([]any)[0].(object)["oauth2"].([]any)[0].(string)
			all = append(all, [3]string{strings.ToUpper(method), path, scope})
		}
	}
	if len(all) < 25 {
		t.Fatalf("only %d operations are described", len(all))
	}
	return all
}

// TestEveryRouteNeedsItsScope: with every other scope nothing is done, or read, or
// remembered; with none at all neither.
func TestEveryRouteNeedsItsScope(t *testing.T) {
	s := open(t)
	tokens := map[string]string{}
	for _, scope := range oauth.AdminScopes() {
		rest := slices.DeleteFunc(oauth.AdminScopes(), func(one string) bool { return one == scope })
		id := "without-" + strings.ReplaceAll(scope, ":", "-")
		s.register(id, rest, oauth.ClientCredentials)
		tokens[scope] = s.tokenOf(id)
	}
	for _, o := range operations(t) {
		method, path, scope := o[0], strings.NewReplacer("{user}", s.bob.ID, "{client}", "robot").Replace(o[1]), o[2]
		refused := s.send(s.request(tokens[scope], method, path, "", "If-Match: *"))
		if refused.StatusCode != 403 || !strings.Contains(refused.Header.Get("WWW-Authenticate"), `scope="`+scope+`"`) {
			t.Errorf("%s %s without %s: got %d %s %s", method, path, scope, refused.StatusCode, refused.text, refused.Header.Get("WWW-Authenticate"))
		}
		for what, token := range map[string]string{"no token": "", "a made-up token": "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"} {
			if a := s.send(s.request(token, method, path, "", "If-Match: *")); a.StatusCode != 401 || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s %s with %s: got %d", method, path, what, a.StatusCode)
			}
		}
	}
	s.call(200, s.token, "GET", "/users/"+s.bob.ID, "")
	s.call(200, s.token, "GET", "/clients/robot", "")
}

// TestWhoActsForAPersonMayNoMoreThanThePerson: a client that may have admin scopes, used
// by somebody who administers nothing, may nothing; and nothing any more once the person
// has left the group (the confused deputy).
func TestWhoActsForAPersonMayNoMoreThanThePerson(t *testing.T) {
	s := open(t)
	s.register("console", append(oauth.AdminScopes(), "openid"), oauth.Password)
	adas := s.personal("console", "ada")
	s.call(200, adas, "GET", "/users", "")
	_, err := s.parts.Users.Leave(t.Context(), s.ada.ID, identity.Administrators)
	must(t, err)
	s.call(403, adas, "GET", "/users", "")
	_, err = s.parts.Users.Join(t.Context(), s.bob.ID, identity.Administrators)
	must(t, err)
	bobs := s.personal("console", "bob")
	_, err = s.parts.Users.Leave(t.Context(), s.bob.ID, identity.Administrators)
	must(t, err)
	s.call(403, bobs, "GET", "/users", "")
}

// TestTokensForOthersOpenNothing: another audience, and a token that was signed by a
// secret which its client has, too.
func TestTokensForOthersOpenNothing(t *testing.T) {
	s := open(t)
	s.call(401, s.tokenOf("robot", "resource="+issuer), "GET", "/users", "")
	_, err := s.parts.Clients.Update(t.Context(), "robot", func(m *oauth.ClientMetadata) error { m.Scope = oauth.Scope{"admin:users:read"}; return nil })
	must(t, err)
	s.call(403, s.token, "GET", "/clients", "") // what the client has lost, its token has lost
	s.call(200, s.token, "GET", "/users", "")
	_, err = s.parts.Clients.Update(t.Context(), "robot", func(m *oauth.ClientMetadata) error { m.Audience = nil; return nil })
	must(t, err)
	s.call(401, s.token, "GET", "/users", "")
	_, _, err = s.parts.Clients.Add(t.Context(), identity.Registration{ID: "mac", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, Scope: oauth.AdminScopes(), Audience: []string{base},
		AccessTokenSignedResponseAlg: oauth.HS256,
	}})
	must(t, err)
	s.call(401, s.tokenOf("mac"), "GET", "/users", "")
}

// TestRevocationIsImmediate: of the token's client, and of its person's epoch.
func TestRevocationIsImmediate(t *testing.T) {
	s := open(t)
	s.register("console", oauth.AdminScopes(), oauth.Password)
	adas := s.personal("console", "ada")
	s.call(200, adas, "GET", "/users", "")
	must(t, s.parts.Issuer.SignOutEverywhere(t.Context(), s.ada.ID))
	s.call(401, adas, "GET", "/users", "")
	must(t, s.parts.Issuer.DeleteClient(t.Context(), "robot"))
	s.call(401, s.token, "GET", "/users", "")
}

// TestNobodyTakesOverWhoMayMore: who looks after users and clients, and no more, changes
// no administrator, no client that administers, and gives nobody what they lack.
func TestNobodyTakesOverWhoMayMore(t *testing.T) {
	s := open(t)
	few := oauth.Scope{"admin:providers:read", "admin:providers:write", "admin:groups:write", "admin:users:read", "admin:users:write", "admin:clients:read", "admin:clients:write", "admin:sessions:write", "admin:consents:write"}
	s.register("desk", few, oauth.ClientCredentials)
	token := s.tokenOf("desk")
	s.call(201, s.token, "POST", "/invitations", `{"email":"dora@example.com","groups":["administrators"]}`)
	s.call(201, s.token, "POST", "/groups", `{"name":"plain"}`)
	s.call(201, s.token, "POST", "/groups", `{"name":"auditors","scope":"admin:audit:read"}`)
	s.call(201, s.token, "POST", "/providers", `{"id":"partner","issuer":"https://partner.example.com","client_id":"us","client_secret":"s3cret"}`)
	ada, sid := "/users/"+s.ada.ID, s.session(s.ada)
	for _, c := range [][3]string{
		{"PATCH", ada, `{"email":"desk@example.com"}`},
		{"PUT", ada + "/password", `{"password":"a crumb of moonlight"}`},
		{"POST", ada + "/reset", ""},
		{"POST", ada + "/disable", ""},
		{"POST", ada + "/enable", ""},
		{"POST", ada + "/unlock", ""},
		{"DELETE", ada, ""},
		{"DELETE", ada + "/sessions", ""},
		{"DELETE", ada + "/sessions/" + sid, ""},
		{"DELETE", ada + "/consents/robot", ""},
		{"POST", "/users", `{"username":"eve","password":"a crumb of moonlight","groups":["administrators"]}`},
		{"POST", "/invitations", `{"email":"eve@example.com","groups":["administrators"]}`},
		{"POST", "/invitations/dora@example.com/renew", ""},
		{"DELETE", "/invitations/dora@example.com", ""},
		{"POST", "/clients", `{"redirect_uris":["https://eve.example.com/"],"scope":"admin:keys:write"}`},
		{"PATCH", "/clients/desk", `{"scope":"admin:keys:write"}`},
		{"PATCH", "/clients/robot", `{"client_name":"Mine"}`},
		{"PUT", "/clients/robot", `{"grant_types":["client_credentials"]}`},
		{"POST", "/clients/robot/secret", ""},
		{"DELETE", "/clients/robot", ""},
		{"DELETE", ada + "/factors/totp", ""},
		{"POST", "/groups", `{"name":"keepers","scope":"admin:keys:write"}`},
		{"PATCH", "/groups/plain", `{"scope":"admin:keys:write"}`},
		{"PATCH", "/groups/administrators", `{"description":"mine"}`},
		{"PUT", "/groups/administrators/members/" + s.bob.ID, ""},
		{"DELETE", "/groups/administrators/members/" + s.ada.ID, ""},
		{"DELETE", "/groups/auditors", ""},
		{"POST", "/providers", `{"id":"mine","issuer":"https://mine.example.com","client_id":"us","client_secret":"s"}`},
		{"PATCH", "/providers/partner", `{"discovery_uri":"https://mine.example.com/.well-known/openid-configuration"}`},
		{"DELETE", "/providers/partner", ""},
	} {
		headers := []string{}
		if c[0] == "PATCH" || c[0] == "PUT" && !strings.HasSuffix(c[1], "password") || c[0] == "DELETE" && strings.Count(c[1], "/") == 2 {
			headers = append(headers, "If-Match: *")
		}
		if a := s.call(403, token, c[0], c[1], c[2], headers...); a.json["code"] != "insufficient_scope" {
			t.Errorf("%s %s: got %s", c[0], c[1], a.text)
		}
	}
	s.call(204, token, "PUT", "/groups/plain/members/"+s.ada.ID, "")
	s.call(201, token, "POST", "/users", `{"username":"carol","password":"a crumb of moonlight"}`)
	s.call(422, s.token, "POST", "/clients", `{"resource":["`+base+`"]}`)
}

// TestOfManyWritersOneWins: sixteen who have read the same change it at once, and a
// person is deleted once.
func TestOfManyWritersOneWins(t *testing.T) {
	s := open(t)
	s.call(201, s.token, "POST", "/clients", `{"client_id":"shop","redirect_uris":["https://shop.example.com/"]}`)
	s.call(201, s.token, "POST", "/groups", `{"name":"plain"}`)
	s.call(201, s.token, "POST", "/providers", `{"id":"partner","issuer":"https://partner.example.com","client_id":"us","client_secret":"s3cret"}`)
	for _, c := range [][4]string{
		{"PATCH", "/users/" + s.bob.ID, `{"name":"Bob"}`, "application/merge-patch+json"},
		{"PATCH", "/clients/shop", `{"client_name":"Shop"}`, "application/merge-patch+json"},
		{"PUT", "/clients/shop", `{"redirect_uris":["https://shop.example.com/2"]}`, "application/json"},
		{"PATCH", "/providers/partner", `{"name":"Partner"}`, "application/merge-patch+json"},
		{"DELETE", "/providers/partner", "", ""},
		{"PATCH", "/groups/plain", `{"description":"Plain"}`, "application/merge-patch+json"},
		{"DELETE", "/groups/plain", "", ""},
		{"DELETE", "/users/" + s.bob.ID, "", ""},
		{"DELETE", "/clients/shop", "", ""},
	} {
		tag := s.call(200, s.token, "GET", c[1], "").Header.Get("ETag")
		var won, lost atomic.Int32
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				r := s.request(s.token, c[0], c[1], c[2], "If-Match: "+tag)
				w := httptest.NewRecorder()
				s.api.ServeHTTP(w, r)
				switch w.Code {
				case 200, 204:
					won.Add(1)
				case 412, 404:
					lost.Add(1)
				default:
					t.Errorf("%s %s: got %d %s", c[0], c[1], w.Code, w.Body)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != 15 {
			t.Errorf("%s %s: %d won and %d lost", c[0], c[1], won.Load(), lost.Load())
		}
	}
}

// TestWhoHasNotReadChangesNothing (RFC 6585 §3, RFC 9110 §13.1.1).
// TestIdempotencyKeys: the same request again gets the same answer, its secret too;
// another one with the key is refused, another caller's key is another key, and what was
// refused may be sent again.
// TestOfOneKeyAtOnceOneActs: sixteen who send one request with one key make one person.
// TestWhatIsSentIsReadStrictly: of content there is one meaning or none.
// TestMethods: HEAD as GET, OPTIONS, and 405 with Allow (RFC 9110 §9.3, §15.5.6).
// TestO50TheLogHasNoSecret of what the API was sent and answered.
func TestO50TheLogHasNoSecret(t *testing.T) {
	s := open(t)
	made := s.call(201, s.token, "POST", "/clients", `{"redirect_uris":["https://shop.example.com/"]}`)
	s.call(204, s.token, "PUT", "/users/"+s.bob.ID+"/password", `{"password":"a crumb of moonlight"}`)
	s.call(422, s.token, "PUT", "/users/"+s.bob.ID+"/password", `{"password":"hunter7"}`)
	for _, kept := range []string{s.token, made.json["client_secret"].(string), "moonlight", "hunter7", s.bob.ID} {
		if strings.Contains(s.log.String(), kept) {
			t.Errorf("%.6s… is in the log", kept)
		}
	}
	if !strings.Contains(s.log.String(), `"door":"addClient"`) {
		t.Error("nothing was logged")
	}
}
