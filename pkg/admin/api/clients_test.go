package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TestClients is a client's life, by the API.
func TestClients(t *testing.T) {
	s := open(t)
	made := s.call(201, s.token, "POST", "/clients",
		`{"client_id":"shop","client_name":"Shop","redirect_uris":["https://shop.example.com/callback"],"scope":"openid email"}`)
	first, _ := made.json["client_secret"].(string)
	if len(first) < 32 || made.json["client_secret_expires_at"] != 0.0 || made.Header.Get("Location") != base+"/clients/shop" {
		t.Errorf("got %s", made.text)
	}
	read := s.call(200, s.token, "GET", "/clients/shop", "")
	if strings.Contains(read.text, first) || read.json["client_secret"] != nil || read.json["client_name"] != "Shop" {
		t.Errorf("a secret is shown once: got %s", read.text)
	}
	tag := "If-Match: " + read.Header.Get("ETag")
	changed := s.call(200, s.token, "PATCH", "/clients/shop", `{"client_name":"Toy shop","scope":"openid"}`, tag)
	if changed.json["client_name"] != "Toy shop" || changed.json["scope"] != "openid" || changed.json["redirect_uris"] == nil {
		t.Errorf("got %s", changed.text)
	}
	s.call(412, s.token, "PATCH", "/clients/shop", `{"client_name":"Lost"}`, tag)
	replaced := s.call(200, s.token, "PUT", "/clients/shop", `{"redirect_uris":["https://shop.example.com/other"]}`, "If-Match: "+changed.Header.Get("ETag"))
	if replaced.json["client_name"] != nil || replaced.json["scope"] != nil {
		t.Errorf("what was left out stayed: %s", replaced.text)
	}
	rotated := s.call(200, s.token, "POST", "/clients/shop/secret", `{"overlap":3600}`)
	if second := rotated.json["client_secret"]; second == first || second == nil || len(rotated.json["secrets"].([]any)) != 2 {
		t.Errorf("got %s", rotated.text)
	}
	s.call(422, s.token, "POST", "/clients/shop/secret", `{"overlap":99999999999}`)
	refused := s.call(422, s.token, "POST", "/clients", `{"redirect_uris":["http://shop.example.com/"]}`)
	if refused.json["code"] != "invalid_redirect_uri" || !strings.Contains(refused.text, "must be https") {
		t.Errorf("got %s", refused.text)
	}
	s.call(409, s.token, "POST", "/clients", `{"client_id":"shop","redirect_uris":["https://shop.example.com/"]}`)
	s.call(204, s.token, "DELETE", "/clients/shop", "", "If-Match: *")
	s.call(404, s.token, "GET", "/clients/shop", "")
}

// TestNoClientIsTheProviderItself, neither from the beginning nor later: who looks after
// clients would say by which secret everybody's tokens are signed.
func TestNoClientIsTheProviderItself(t *testing.T) {
	s := open(t)
	s.call(201, s.token, "POST", "/clients", `{"client_id":"api","resource":["https://api.example.com"]}`)
	for _, own := range []string{base, strings.TrimSuffix(base, admin.Path)} {
		as := `{"resource":["` + own + `"],"access_token_signed_response_alg":"HS256"}`
		for _, refused := range []answer{s.call(422, s.token, "POST", "/clients", as), s.call(422, s.token, "PATCH", "/clients/api", as, "If-Match: *")} {
			if !strings.Contains(refused.text, "is this provider itself") {
				t.Errorf("%s: got %s", own, refused.text)
			}
		}
	}
}

// TestPagesGoOnByCursor: nothing is left out, or there twice, when the list changes
// between two pages, and a cursor is good for its list alone.
func TestPagesGoOnByCursor(t *testing.T) {
	s := open(t)
	for _, name := range []string{"c1", "c2", "c4", "c5", "d1"} {
		s.person(name)
	}
	first := s.call(200, s.token, "GET", "/users?prefix=c&limit=2", "")
	cursor, _ := first.json["next"].(string)
	if names(first) != "c1 c2" || cursor == "" || strings.Contains(cursor, "c2") {
		t.Fatalf("got %s", first.text)
	}
	s.person("c0")
	s.person("c3")
	rest := s.call(200, s.token, "GET", "/users?prefix=c&limit=200&cursor="+cursor, "")
	if names(rest) != "c3 c4 c5" || rest.json["next"] != nil {
		t.Errorf("got %s", rest.text)
	}
	s.call(400, s.token, "GET", "/users?prefix=d&cursor="+cursor, "")
	s.call(400, s.token, "GET", "/clients?cursor="+cursor, "")
	s.call(400, s.token, "GET", "/users?cursor=bWlkZGxl", "")
	s.call(400, s.token, "GET", "/users?limit=201", "")
	s.call(400, s.token, "GET", "/users?limit=0", "")
}

func names(a answer) string {
	var found []string
	for _, item := range a.items() {
		found = append(found, item.(object)["username"].(string))
	}
	return strings.Join(found, " ")
}

func TestClientsAreFoundByIDAndName(t *testing.T) {
	s := open(t)
	for id, name := range map[string]string{"shop-1": "Toys", "shop-2": "tools", "post": "Toast"} {
		body, _ := json.Marshal(object{"client_id": id, "client_name": name, "redirect_uris": []string{"https://x.example.com/"}})
		s.call(201, s.token, "POST", "/clients", string(body))
	}
	for query, want := range map[string]int{"": 4, "?prefix=shop": 2, "?name=to": 3, "?name=TOO&prefix=shop": 1, "?prefix=x": 0} {
		if got := s.call(200, s.token, "GET", "/clients"+query, ""); len(got.items()) != want {
			t.Errorf("%s: got %s, want %d", query, got.text, want)
		}
	}
}

// TestKeysAreRotatedAndWithdrawn by the API, as by the command line.
func TestKeysAreRotatedAndWithdrawn(t *testing.T) {
	s := open(t)
	before := s.call(200, s.token, "GET", "/keys", "")
	report := s.call(200, s.token, "POST", "/keys/rotate", `{"algs":["ES256"],"at_once":true}`)
	if len(report.json["made"].([]any)) != 1 || strings.Contains(report.text, "private") {
		t.Errorf("got %s", report.text)
	}
	if after := s.call(200, s.token, "GET", "/keys", ""); len(after.items()) != len(before.items())+1 {
		t.Errorf("got %s, before %s", after.text, before.text)
	}
	s.call(422, s.token, "POST", "/keys/rotate", `{"algs":["HS256"]}`)
	s.call(422, s.token, "POST", "/keys/withdraw", `{"algs":[]}`)
	withdrawn := s.call(200, s.token, "POST", "/keys/withdraw", `{"algs":["ES256"]}`)
	if len(withdrawn.json["removed"].([]any)) != 2 {
		t.Errorf("got %s", withdrawn.text)
	}
	s.call(401, s.token, "GET", "/keys", "") // what the key has signed is void, this token too
}

// TestSessionsAndConsents are seen and ended by the API.
func TestSessionsAndConsents(t *testing.T) {
	s := open(t)
	begun := s.session(s.bob)
	path := "/users/" + s.bob.ID
	if found := s.call(200, s.token, "GET", path+"/sessions", ""); len(found.items()) != 1 {
		t.Errorf("got %s", found.text)
	}
	s.call(404, s.token, "DELETE", "/users/"+s.ada.ID+"/sessions/"+begun, "")
	s.call(204, s.token, "DELETE", path+"/sessions/"+begun, "")
	s.call(404, s.token, "DELETE", path+"/sessions/"+begun, "")
	s.session(s.bob)
	s.call(204, s.token, "DELETE", path+"/sessions", "")
	if found := s.call(200, s.token, "GET", path+"/sessions", ""); len(found.items()) != 0 {
		t.Errorf("got %s", found.text)
	}
	must(t, s.parts.Issuer.GrantConsent(t.Context(), s.bob.ID, "robot", oauth.Scope{"openid"}, zeroClaims))
	if found := s.call(200, s.token, "GET", path+"/consents", ""); len(found.items()) != 1 {
		t.Errorf("got %s", found.text)
	}
	s.call(204, s.token, "DELETE", path+"/consents/robot", "")
	s.call(404, s.token, "DELETE", path+"/consents/robot", "")
	s.call(404, s.token, "GET", "/users/nobody/consents", "")
}
