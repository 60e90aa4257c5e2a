package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestWhoHasNotReadChangesNothing(t *testing.T) {
	s := open(t)
	path := "/users/" + s.bob.ID
	tag := s.call(200, s.token, "GET", path, "").Header.Get("ETag")
	for _, c := range []struct {
		header string
		want   int
	}{
		{"If-None-Match: *", 428},
		{`If-Match: "other"`, 412},
		{"If-Match: W/" + tag, 412},
		{"If-Match: " + strings.Trim(tag, `"`), 412},
		{`If-Match: "other", ` + tag, 200},
		{`If-Match: "other", ` + tag, 412},
		{"If-Match: *", 200},
	} {
		if a := s.send(s.request(s.token, "PATCH", path, `{}`, c.header)); a.StatusCode != c.want {
			t.Errorf("%s: got %d %s, want %d", c.header, a.StatusCode, a.text, c.want)
		}
	}
	for _, resource := range []string{path, "/clients/robot"} {
		if a := s.send(s.request(s.token, "DELETE", resource, "")); a.StatusCode != 428 {
			t.Errorf("DELETE %s: got %d", resource, a.StatusCode)
		}
	}
}

func TestIdempotencyKeys(t *testing.T) {
	s := open(t)
	const key = "Idempotency-Key: 7f3c"
	body := `{"client_id":"shop","redirect_uris":["https://shop.example.com/"]}`
	first := s.call(201, s.token, "POST", "/clients", body, key)
	again := s.call(201, s.token, "POST", "/clients", body, key)
	if first.json["client_secret"] != again.json["client_secret"] || again.Header.Get("ETag") != first.Header.Get("ETag") || again.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("got %s and %s", first.text, again.text)
	}
	s.call(422, s.token, "POST", "/clients", strings.Replace(body, "shop", "post", 1), key)
	s.call(422, s.token, "POST", "/users", `{"username":"carol","password":"a crumb of moonlight"}`, key)
	s.register("robot-2", oauth.AdminScopes(), oauth.ClientCredentials)
	s.call(409, s.tokenOf("robot-2"), "POST", "/clients", body, key) // the client_id is taken: it was not answered from memory

	s.call(409, s.token, "POST", "/clients", body, "Idempotency-Key: another")
	s.call(204, s.token, "DELETE", "/clients/shop", "", "If-Match: *")
	s.call(201, s.token, "POST", "/clients", body, "Idempotency-Key: another")

	if kept := s.state.written.String(); kept == "" || strings.Contains(kept, first.json["client_secret"].(string)) {
		t.Error("the secret lies in clear beside its request")
	}
}

func TestOfOneKeyAtOnceOneActs(t *testing.T) {
	s := open(t)
	var made, busy atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			w := httptest.NewRecorder()
			s.api.ServeHTTP(w, s.request(s.token, "POST", "/users", `{"username":"carol"}`, "Idempotency-Key: k"))
			switch w.Code {
			case 201:
				made.Add(1)
			case 409:
				busy.Add(1)
				var p object
				_ = json.Unmarshal(w.Body.Bytes(), &p)
				if !strings.HasSuffix(p["type"].(string), "request-under-way") {
					t.Errorf("got %s", w.Body)
				}
			default:
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
	all.Wait()
	if made.Load() < 1 || made.Load()+busy.Load() != 16 {
		t.Errorf("%d made, %d busy", made.Load(), busy.Load())
	}
}

func TestWhatIsSentIsReadStrictly(t *testing.T) {
	s := open(t)
	path := "/users/" + s.bob.ID
	for name, c := range map[string]struct {
		method, path, body, contentType string
		status                          int
	}{
		"no JSON":                         {"POST", "/users", `username=eve`, "application/json", 400},
		"a member twice":                  {"POST", "/users", `{"username":"eve","username":"eva"}`, "application/json", 400},
		"something after it":              {"POST", "/users", `{"username":"eve"} {}`, "application/json", 400},
		"no object":                       {"POST", "/users", `["eve"]`, "application/json", 400},
		"an unknown member":               {"POST", "/users", `{"username":"eve","admin":true}`, "application/json", 422},
		"a name in capitals":              {"POST", "/users", `{"USERNAME":"eve"}`, "application/json", 422},
		"another type":                    {"POST", "/users", `{"username":7}`, "application/json", 422},
		"a form":                          {"POST", "/users", `username=eve`, "application/x-www-form-urlencoded", 415},
		"a patch that is not called one":  {"PATCH", path, `{"name":"B"}`, "application/json", 415},
		"too much":                        {"POST", "/users", `{"username":"` + strings.Repeat("e", 70000) + `"}`, "application/json", 413},
		"content where none belongs":      {"POST", path + "/disable", `{}`, "application/json", 400},
		"a patch of what is not writable": {"PATCH", path, `{"sub":"eve"}`, "application/merge-patch+json", 422},
		"a patch of groups":               {"PATCH", path, `{"groups":["administrators"]}`, "application/merge-patch+json", 422},
		"a patch of the epoch":            {"PATCH", path, `{"epoch":0}`, "application/merge-patch+json", 422},
		"a patch that removes the name":   {"PATCH", path, `{"username":null}`, "application/merge-patch+json", 422},
		"a null in a mapping":             {"POST", "/clients", `{"client_id":"eve","claims_mapping":[{"claim":"name","from":null,"omit":true}]}`, "application/json", 422},
		"a null in a provider's list":     {"POST", "/providers", `{"id":"eve","issuer":"https://eve.example.com","client_id":"us","client_secret":"a secret","acr_values":[null]}`, "application/json", 422},
		"a patch that breaks a rule":      {"PATCH", path, `{"website":"javascript:alert(1)"}`, "application/merge-patch+json", 422},
		"a sub that is too long":          {"POST", "/users", `{"username":"eve","sub":"` + strings.Repeat("e", 5000) + `"}`, "application/json", 422},
		"a client_id that is too long":    {"POST", "/clients", `{"client_id":"` + strings.Repeat("e", 5000) + `"}`, "application/json", 422},
		"a group that is too long":        {"POST", "/groups", `{"name":"` + strings.Repeat("e", 60000) + `"}`, "application/json", 422},
		"a parameter that is none":        {"GET", "/users?prefx=b", "", "", 400},
		"a parameter where none belongs":  {"GET", path + "?fields=name", "", "", 400},
		"a parameter twice":               {"GET", "/users?prefix=a&prefix=b", "", "", 400},
		"a query that is none":            {"GET", "/users?prefix=%zz", "", "", 400},
		"a cursor of nonsense":            {"GET", "/users?cursor=" + strings.Repeat("A", 5000), "", "", 400},
		"a common password":               {"PUT", path + "/password", `{"password":"password"}`, "application/json", 422},
	} {
		r := s.request(s.token, c.method, c.path, c.body, "If-Match: *")
		r.Header.Set("Content-Type", c.contentType)
		if a := s.send(r); a.StatusCode != c.status {
			t.Errorf("%s: got %d %s, want %d", name, a.StatusCode, a.text, c.status)
		}
	}
	if kept := s.state.written.String(); strings.Contains(kept, strings.Repeat("e", 300)) {
		t.Error("the trail announces a name of any length")
	}
	nested := s.send(s.request(s.token, "POST", "/providers", `{"id":"p","client_id":"c","issuer":"https://p.example.com","required_claims":{"a":"x"}}`))
	if want := "required_claims must not be a string"; nested.StatusCode != 422 || nested.json["detail"] != want {
		t.Errorf("got %d %s, want %q", nested.StatusCode, nested.text, want)
	}
}

// TestNamesWithSlashesAreWithinReach: a client_id may be a URL.
func TestNamesWithSlashesAreWithinReach(t *testing.T) {
	s := open(t)
	made := s.call(201, s.token, "POST", "/clients", `{"client_id":"https://shop.example.com//a","redirect_uris":["https://shop.example.com/"]}`)
	path := strings.TrimPrefix(made.Header.Get("Location"), base)
	if got := s.call(200, s.token, "GET", path, ""); got.json["client_id"] != "https://shop.example.com//a" {
		t.Errorf("got %s", got.text)
	}
	s.call(204, s.token, "DELETE", path, "", "If-Match: *")
}

func TestMethods(t *testing.T) {
	s := open(t)
	get, head := s.call(200, s.token, "GET", "/users/"+s.bob.ID, ""), s.send(s.request(s.token, "HEAD", "/users/"+s.bob.ID, ""))
	if head.StatusCode != 200 || head.Header.Get("ETag") != get.Header.Get("ETag") {
		t.Errorf("HEAD: got %d %v", head.StatusCode, head.Header)
	}
	const allow = "DELETE, GET, HEAD, OPTIONS, PATCH"
	if a := s.send(s.request("", "OPTIONS", "/users/"+s.bob.ID, "")); a.StatusCode != 204 || a.Header.Get("Allow") != allow {
		t.Errorf("OPTIONS: got %d %q", a.StatusCode, a.Header.Get("Allow"))
	}
	if a := s.send(s.request("", "PUT", "/users/"+s.bob.ID, "")); a.StatusCode != 405 || a.Header.Get("Allow") != allow {
		t.Errorf("PUT: got %d %q", a.StatusCode, a.Header.Get("Allow"))
	}
	for _, path := range []string{"", "/", "/nothing", "/users/", "//users", "/users/../users"} {
		if a := s.send(s.request(s.token, http.MethodGet, path, "")); a.StatusCode != 404 || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %s", path, a.StatusCode, a.text)
		}
	}
}
