package authorizer_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
)

const nestedRoutes = `,"routes":[{"method":"ANY","path":"/{rest+}","all":["a"]},{"method":"ANY","path":"/admin/{rest+}","all":["a","b"]},
	{"method":"GET","path":"/pets/{id}","all":["a"]},{"method":"GET","path":"/pets/mine","all":["a","b"]}]`

// A rule for the catch-all itself says nothing about what other rules name.
func TestACatchAllsOwnRuleHidesNoOther(t *testing.T) {
	a := documented(t, nestedRoutes+`,"result_ttl":"0s"`)
	for called, want := range map[string]bool{
		"/{proxy+} /x": true, "/{proxy+} /admin/x": false, "/{proxy+} /admin%2fx": false, "/{proxy+} //admin/x": false,
		"/pets/{id} /pets/1": true, "/pets/{id} /pets/mine": false, "/pets/{id} /pets/m%69ne": false,
		"/admin/{rest+} /admin/x": false,
	} {
		route, path, _ := strings.Cut(called, " ")
		for flavour, event := range flavours {
			p := ask(t, a, event(request{"GET", route, path, "Bearer " + token("a", nil)}))
			got := p.allows("GET", path)
			if p.IsAuthorized != nil {
				got = *p.IsAuthorized
			}
			if got != want {
				t.Errorf("%s, %s: got %v", flavour, called, got)
			}
		}
	}
	// What is said of all places says nothing of one that has a rule of its own.
	a = documented(t, `,"result_ttl":"0s","routes":[{"method":"ANY","path":"/{rest+}","all":["b"]},{"method":"GET","path":"/pets/{id}","all":["a"]}]`)
	for _, flavour := range []string{"rest request", "http 1.0"} {
		event := flavours[flavour](request{"GET", "/pets/{id}", "/pets/1", "Bearer " + token("a", nil)})
		if p := ask(t, a, event); !p.allows("GET", "/pets/1") {
			t.Errorf("%s: got %+v", flavour, p)
		}
	}
}

// F01: what is kept under the name of a catch-all lets whatever it catches pass.
func TestF01AnAnswerKeptForACatchAllOpensWhatAllRulesOpen(t *testing.T) {
	a := documented(t, nestedRoutes)
	for key, want := range map[string]map[string]bool{
		"$default":           {"a": false, "a b": true},
		"ANY /{proxy+}":      {"a": false, "a b": true},
		"ANY /pets/{proxy+}": {"a": false, "a b": true},
		"GET /pets/{id}":     {"a": true, "a b": true}, // /pets/mine is a route of its own
	} {
		for scope, want := range want {
			shown := "Bearer " + token(scope, nil)
			p := ask(t, a, fmt.Sprintf(`{"version":"2.0","type":"REQUEST","routeArn":%q,"identitySource":[%q,%q],"routeKey":%[3]q,
				"rawPath":"/pets/1","headers":{"authorization":%[2]q}}`, base+"GET/pets/1", shown, key))
			if *p.IsAuthorized != want {
				t.Errorf("%s, %s: got %v", key, scope, !want)
			}
		}
	}
}

// GATEWAY §2.5, 10: a stage may stand before the path, and then it is API Gateway
// that says so. What a caller writes there opens nothing.
func TestPitfall10NoPrefixOpensWhatNoRuleNames(t *testing.T) {
	a := documented(t, `,"result_ttl":"0s","routes":[{"method":"GET","path":"/health","public":true},{"method":"GET","path":"/","public":true}]`)
	for name, c := range map[string]struct {
		arnPath, path string
		want          bool
	}{
		"named stage":                {"/health", "/live/health", true},
		"default stage":              {"/health", "/health", true},
		"base path":                  {"/health", "/v1/health", true},
		"the stage's name in a path": {"/live/health", "/live/health", false},
		"and without a slash":        {"/livehealth", "/livehealth", false},
		"a path that is another's":   {"/secret", "/live/health", false},
	} {
		for flavour, event := range map[string]string{
			"http 2.0":     `{"version":"2.0","type":"REQUEST","routeArn":%q,"routeKey":"$default","rawPath":%q,"headers":{},"identitySource":[""]}`,
			"http 1.0":     `{"version":"1.0","type":"REQUEST","methodArn":%q,"resource":"$default","path":%q,"headers":{}}`,
			"rest request": `{"type":"REQUEST","methodArn":%q,"resource":"/{proxy+}","path":%q,"headers":{}}`,
		} {
			answer, err := a.Invoke(t.Context(), fmt.Appendf(nil, event, base+"GET"+c.arnPath, c.path))
			if (err == nil) != c.want {
				t.Errorf("%s, %s: got %s, %v", name, flavour, answer, err)
			}
		}
	}
	connect := fmt.Sprintf(`{"type":"REQUEST","methodArn":%q,"headers":{},"requestContext":{"eventType":"CONNECT"}}`, base+"$connect")
	if answer, err := a.Invoke(t.Context(), []byte(connect)); err == nil {
		t.Errorf("what opens GET / opened a WebSocket: got %s", answer)
	}
}

// F01; GATEWAY §2.5, 5: AppSync and HTTP APIs with format 1.0 keep answers by what
// they say in the event, so a token that stands elsewhere is not in the key.
func TestF01KeptByWhatIsNotTheToken(t *testing.T) {
	good := token("", nil)
	const elsewhere = `,"sources":[{"header":"X-Token"}]`
	graphQL := fmt.Sprintf(`{"authorizationToken":"x","requestContext":{"queryString":"{a}"},"requestHeaders":{"x-token":%q}}`, good)
	var answer struct {
		IsAuthorized bool
		TTLOverride  *int
	}
	text, err := documented(t, elsewhere).Invoke(t.Context(), []byte(graphQL))
	if err == nil && json.Unmarshal(text, &answer) == nil && answer.IsAuthorized && (answer.TTLOverride == nil || *answer.TTLOverride > 0) {
		t.Errorf("AppSync: got %s", text)
	}
	if text, err := documented(t, elsewhere+`,"result_ttl":"0s"`).Invoke(t.Context(), []byte(graphQL)); err != nil {
		t.Errorf("AppSync, not kept: got %s, %v", text, err)
	}
	format1 := func(identity string) []byte {
		return fmt.Appendf(nil, `{"version":"1.0","type":"REQUEST","methodArn":%q,"identitySource":%q,"resource":"/x","path":"/x",
			"headers":{"x-token":%q}}`, base+"GET/x", identity, good)
	}
	if text, err := documented(t, elsewhere).Invoke(t.Context(), format1("198.51.100.7")); err == nil {
		t.Errorf("HTTP 1.0: got %s", text)
	}
	if text, err := documented(t, elsewhere).Invoke(t.Context(), format1("198.51.100.7,"+good)); err != nil {
		t.Errorf("HTTP 1.0, by the token: got %s, %v", text, err)
	}
}

// A server answers HEAD by what it has for GET (RFC 9110 §9.3.2), so who may not GET
// may not HEAD, unless a rule for that path says otherwise.
func TestHEADDemandsWhatGETDoes(t *testing.T) {
	closed := documented(t, `,"result_ttl":"0s","routes":[{"method":"GET","path":"/x","public":true}]`)
	if v := closed.Check(t.Context(), authorizer.Request{Method: "HEAD", Path: "/x", Header: bearing(token("", nil))}); v.Outcome != authorizer.Denied {
		t.Errorf("with default deny, HEAD has no rule: got %v", v.Outcome)
	}
	const scopes = "GET /admin=admin; GET /admin/{x+}=admin; HEAD /other="
	event := func(path string) request {
		return request{"HEAD", "/{proxy+}", path, "Bearer " + token("pets", nil)}
	}
	for _, ttl := range []string{"0s", "10s"} {
		a := gate(t, map[string]string{"ROUTE_SCOPES": scopes, "RESULT_TTL": ttl, "HTTP_RESPONSE": "iam"})
		for path, want := range map[string]bool{"/admin": false, "/admin/x": false, "/other": true} {
			for flavour, write := range flavours {
				if got := ask(t, a, write(event(path))).allows("HEAD", path); got != (want && ttl == "0s") { // kept, it is said of every HEAD
					t.Errorf("%s, TTL %s, %s: got %v", flavour, ttl, path, got)
				}
			}
			if v := a.Check(t.Context(), authorizer.Request{Method: "HEAD", Path: path, Header: bearing(token("pets", nil))}); (v.Outcome == authorizer.Allowed) != want {
				t.Errorf("TTL %s, %s: got %v", ttl, path, v.Outcome)
			}
		}
	}
}

// Some servers take a backslash for a slash, and forget what follows a semicolon
// before they look for dots.
func TestPathsAreReadAsServersBehindMayReadThem(t *testing.T) {
	const scopes = "GET /admin=admin; GET /admin/{x+}=admin"
	const closed = `,"routes":[{"method":"GET","path":"/open/{x+}"},{"method":"GET","path":"/admin","all":["admin"]}]`
	shown := "Bearer " + token("pets", nil)
	for name, a := range map[string]*authorizer.Authorizer{
		"open": gate(t, map[string]string{"ROUTE_SCOPES": scopes, "RESULT_TTL": "0s"}), "open, kept": gate(t, map[string]string{"ROUTE_SCOPES": scopes}),
		"closed": documented(t, closed+`,"result_ttl":"0s"`), "closed, kept": documented(t, closed+`,"http_response":"iam"`),
	} {
		for path, want := range map[string]bool{
			"/open/x": true, "/admin": false, "/admin;a=b": false, "/admin;": false, "/open/..;/admin": false, "/open/..;a/admin": false,
			`/open\..\admin`: false, "/open/..%5cadmin": false, "/open/..;/secret/x": !strings.HasPrefix(name, "closed"),
		} {
			if name == "open, kept" && path == "/open/..;/secret/x" {
				want = false // no semicolon then
			}
			for _, flavour := range []string{"rest token", "rest request", "http 1.0"} {
				p := ask(t, a, flavours[flavour](request{"GET", "/{proxy+}", path, shown}))
				if strings.HasSuffix(name, "kept") { // by the answer to another
					p = ask(t, a, flavours[flavour](request{"GET", "/{proxy+}", "/open/y", shown}))
				}
				if got := p.allows("GET", path); got != want {
					t.Errorf("%s, %s, %s: got %v", name, flavour, path, got)
				}
			}
		}
	}
}
