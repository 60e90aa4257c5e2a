package authorizer_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
)

// F01: with default deny, an answer that is good for every request opens exactly
// what the rules open, whichever request it was given to first.
func TestF01DefaultDenyHoldsOutOfTheCache(t *testing.T) {
	routes := []request{
		{"GET", "/", "/", ""},
		{"GET", "/pets", "/pets", ""},
		{"GET", "/pets/", "/pets/", ""},
		{"POST", "/pets", "/pets", ""},
		{"GET", "/pets/{id}", "/pets/1", ""},
		{"DELETE", "/pets/{id}", "/pets/1", ""},
		{"GET", "/pets/{id}/toys", "/pets/1/toys", ""},
		{"GET", "/pets/mine", "/pets/mine", ""},
		{"PUT", "/admin/{rest+}", "/admin/a/b", ""},
		{"PUT", "/x/admin/a", "/x/admin/a", ""},
		{"ANY", "/any", "/any", ""},
		{"ANY", "/x/any", "/x/any", ""},
	}
	scopes := []string{"a", "b"}
	rapid.Check(t, func(rt *rapid.T) {
		type rule struct {
			Method string   `json:"method"`
			Path   string   `json:"path"`
			All    []string `json:"all,omitempty"`
			Any    []string `json:"any,omitempty"`
		}
		listed := map[int]rule{}
		var rules []rule
		for i, r := range routes {
			if r.path != "/pets/" && rapid.Bool().Draw(rt, "listed") {
				listed[i] = rule{
					r.method, r.route,
					rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 0, 2, rapid.ID).Draw(rt, "all"),
					rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 0, 2, rapid.ID).Draw(rt, "any"),
				}
				rules = append(rules, listed[i])
			}
		}
		if rules == nil {
			return
		}
		document, _ := json.Marshal(rules)
		a, err := read(`,"routes":` + string(document))
		if err != nil {
			return // one policy cannot express it
		}
		granted := rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 0, 2, rapid.ID).Draw(rt, "granted")
		one := routes[rapid.IntRange(0, len(routes)-1).Draw(rt, "first")]
		second := rapid.IntRange(0, len(routes)-1).Draw(rt, "second")
		two := routes[second]
		for _, q := range []*request{&one, &two} {
			if q.authorization = "Bearer " + token(strings.Join(granted, " "), nil); q.method == "ANY" {
				q.method = "PATCH"
			}
		}
		event := flavours[rapid.SampledFrom([]string{"rest token", "rest request", "http 1.0"}).Draw(rt, "flavour")]
		got := ask(t, a, event(one)).allows(two.method, two.path)
		demands, want := listed[second]
		if !want && two.path == "/pets/mine" { // is one of /pets/{id} then
			demands, want = listed[4]
		}
		has := func(s string) bool { return slices.Contains(granted, s) }
		for _, s := range demands.All {
			want = want && has(s)
		}
		want = want && (len(demands.Any) == 0 || slices.ContainsFunc(demands.Any, has))
		if got && !want {
			rt.Fatalf("%s\nthe answer to %v opens %v for %v", document, one, two, granted)
		}
		if want && !got {
			rt.Fatalf("%s\nthe answer to %v closes %v for %v", document, one, two, granted)
		}
	})
}

// GATEWAY §2.5, 5: with the route in the cache's key, an answer speaks of the route
// alone, so rules need not fit into one policy.
func TestF01AnswersKeptByRouteSpeakOfTheRoute(t *testing.T) {
	const nested = `,"cache_key":"route","routes":[{"method":"GET","path":"/pets/{id}","all":["a"]},{"method":"GET","path":"/pets/{id}/toys","all":["b"]}]`
	a := documented(t, nested)
	pet := request{"GET", "/pets/{id}", "/pets/1", "Bearer " + token("a", nil)}
	toys := request{"GET", "/pets/{id}/toys", "/pets/1/toys", pet.authorization}

	p := ask(t, a, flavours["rest request"](pet))
	if !p.allows("GET", "/pets/1") || p.allows("GET", "/pets/2") || p.allows("GET", "/pets/1/toys") {
		t.Errorf("REST: got %+v", p)
	}
	if p := ask(t, a, flavours["rest request"](toys)); p.allows("GET", "/pets/1/toys") {
		t.Errorf("REST, another route: got %+v", p)
	}
	iam := documented(t, nested+`,"http_response":"iam"`)
	if p := ask(t, iam, flavours["http 2.0"](pet)); !p.allows("GET", "/pets/1") || !p.allows("GET", "/pets/2") {
		t.Errorf("HTTP: got %+v", p)
	}
	if p := ask(t, iam, flavours["http 2.0"](toys)); p.allows("GET", "/pets/1/toys") {
		t.Errorf("HTTP, another route: got %+v", p)
	}
	for _, flavour := range []string{"rest token", "http 1.0"} { // whose key is the token, or cannot be known
		if answer, err := a.Invoke(t.Context(), []byte(flavours[flavour](pet))); err == nil {
			t.Errorf("%s: got %s", flavour, answer)
		}
	}
	without := strings.Replace(flavours["http 2.0"](pet), `,"GET /pets/{id}"]`, `]`, 1)
	if answer, err := iam.Invoke(t.Context(), []byte(without)); err == nil {
		t.Errorf("the route is not in the key: got %s", answer)
	}
}

// A route that catches everything is open only as far as rules say of each request.
func TestDefaultDenyBehindACatchAll(t *testing.T) {
	a := documented(t, `,"result_ttl":"0s","routes":[{"method":"GET","path":"/pets/{id}","all":["a"]},{"method":"GET","path":"/pets/mine","all":["b"]}]`)
	for path, want := range map[string]bool{
		"/pets/1": true, "/pets/1/": true, "/pets/%31": true, "/pets/mine": false, "/pets/m%69ne": false, "/pets/x/../mine": false,
		"/pets": false, "/pets/": false, "/pets/..%2fadmin": false, "/pets/%2e%2e": false, "/admin": false, "/pets/1/toys": false,
		"/admin/../pets/1": false, "/admin/%2e%2e/pets/1": false, "/admin%2f..%2fpets/1": false, "/pets/./1": false, "//pets/1": true,
		"/pets/../pets/1": false, "/pets/1..": true, "/pets/...": true,
	} {
		for flavour, event := range flavours {
			p := ask(t, a, event(request{"GET", "/{proxy+}", path, "Bearer " + token("a", nil)}))
			got := p.allows("GET", path)
			if p.IsAuthorized != nil {
				got = *p.IsAuthorized
			}
			if got != want {
				t.Errorf("%s, %s: got %v", flavour, path, got)
			}
		}
	}
}

// A server behind a route with a parameter may follow dots out of it: what is demanded
// there is demanded here, and where no rule opens the place nobody gets there.
func TestAPathThatClimbsOutOfItsRouteIsAnotherPlacesToo(t *testing.T) {
	const listed = `[{"method":"GET","path":"/pets/{rest+}","all":["a"]},{"method":"GET","path":"/toys/{id}","all":["a"]},{"method":"GET","path":"/admin","all":["b"]}]`
	short := map[string]string{"ROUTE_SCOPES": "GET /pets/{rest+}=a; GET /toys/{id}=a; GET /admin=b", "RESULT_TTL": "0s"}
	closed, open := documented(t, `,"result_ttl":"0s","routes":`+listed), gate(t, short)
	opens := func(a *authorizer.Authorizer, event, path string) bool {
		p := ask(t, a, event)
		return p.IsAuthorized != nil && *p.IsAuthorized || p.allows("GET", path)
	}
	for _, c := range []struct {
		route, path string
		a, both     bool // what scope a opens, and a and b
	}{
		{"/pets/{proxy+}", "/pets/1", true, true},
		{"/pets/{proxy+}", "/pets/1/2/", true, true},
		{"/pets/{proxy+}", "/pets/", true, true},
		{"/pets/{proxy+}", "/pets/1%2F2", true, true},
		{"/pets/{proxy+}", "/pets/1/../2", true, true},
		{"/toys/{id}", "/toys/https:%2F%2Fexample.com", true, true},
		{"/pets/{proxy+}", "/pets/../admin", false, true},
		{"/pets/{proxy+}", "/pets/%2e%2e/admin", false, true},
		{"/pets/{proxy+}", "/pets/..%2fadmin", false, true},
		{"/pets/{proxy+}", "/pets/1/../../admin/", false, true},
		{"/pets/{proxy+}", "/pets/..;/admin", false, true},
		{"/pets/{proxy+}", `/pets/..%5cadmin`, false, true},
		{"/toys/{id}", "/toys/..%2fadmin", false, true},
		{"/pets/{proxy+}", "/pets/../nowhere", false, false},
		{"/pets/{proxy+}", "/pets/1/..", false, false},
	} {
		for flavour, event := range flavours {
			if flavour == "rest token" { // which is not told the route: every rule counts there
				continue
			}
			for scope, want := range map[string]bool{"a": c.a, "a b": c.both} {
				e := event(request{"GET", c.route, c.path, "Bearer " + token(scope, nil)})
				if got := opens(closed, e, c.path); got != want {
					t.Errorf("%s, %s: %s opens it: %v", flavour, c.path, scope, got)
				}
				if got := opens(open, e, c.path); got != (want || !c.both) { // what no route demands
					t.Errorf("%s, %s, ROUTE_SCOPES: %s opens it: %v", flavour, c.path, scope, got)
				}
			}
		}
	}
}

// F01: what a star of an answer's policy would open beside the rule is denied.
func TestF01StarsOpenNothingBesideTheRule(t *testing.T) {
	a := documented(t, `,"routes":[{"method":"GET","path":"/pets/{id}"},{"method":"PUT","path":"/a/{b}/c/{d}"},{"method":"ANY","path":"/any"}]`)
	p := ask(t, a, flavours["rest token"](request{"GET", "", "/pets/1", "Bearer " + token("", nil)}))
	for called, want := range map[string]bool{
		"GET /pets/1": true, "GET /pets/a%20b": true, "PUT /a/x/c/y": true, "PATCH /any": true,
		"GET /pets/": false, "GET /pets": false, "GET /pets/1/toys": false, "GET /pets/..%2fadmin": false, "GET /pets/%2e%2e": false,
		"GET /pets/..": false, "GET /pets//": false, "GET /pets/.;": false, `GET /pets/..\admin`: false, "GET /pets/..%5Cadmin": false, "GET /pets/%252e%252e": false,
		"PUT /a/x/y/c/z": false, "PUT /a/x/c/y/z": false, "PUT /a//c/y": false, "GET /x/any": false, "POST /pets/1": false,
	} {
		method, path, _ := strings.Cut(called, " ")
		if p.allows(method, path) != want {
			t.Errorf("%s: got %v", called, !want)
		}
	}
}

// An HTTP API's route may catch what no rule opens.
func TestDefaultDenyOfCatchAllsKeptByTheirRoute(t *testing.T) {
	a := documented(t, `,"routes":[{"method":"GET","path":"/pets/{id}"},{"method":"GET","path":"/all/{rest+}"}]`)
	for route, want := range map[string]bool{"/pets/{id}": true, "/all/{x}": true, "/pets/{proxy+}": false, "/{proxy+}": false, "/other": false} {
		p := ask(t, a, flavours["http 2.0"](request{"GET", route, "/pets/1", "Bearer " + token("", nil)}))
		if *p.IsAuthorized != want {
			t.Errorf("%s: got %+v", route, p)
		}
	}
}

// A kept answer is used until its TTL is over, so an authentication must be young
// enough for that long.
func TestMaxAgeCountsUntilTheAnswerIsForgotten(t *testing.T) {
	const rule = `,"routes":[{"method":"GET","path":"/x","max_age":"60s"}]`
	for name, c := range map[string]struct {
		more string
		age  int64
		want bool
	}{
		"kept, young":     {rule, 45, true},
		"kept, too old":   {rule, 55, false},
		"not kept, young": {rule + `,"result_ttl":"0s"`, 55, true},
		"a clock ahead":   {rule, -30, true},
		"of the future":   {rule, -3600, false},
		"in milliseconds": {rule, -999 * now(), false},
	} {
		old := map[string]any{"auth_time": now() - c.age}
		for flavour, event := range flavours {
			p := ask(t, documented(t, c.more), event(request{"GET", "/x", "/x", "Bearer " + token("", old)}))
			got := p.allows("GET", "/x")
			if p.IsAuthorized != nil {
				got = *p.IsAuthorized
			}
			if got != c.want {
				t.Errorf("%s, %s: got %+v", name, flavour, p)
			}
		}
	}
}

// GATEWAY §2.2: where a failed invocation is not wanted, a Deny says that a token is
// bad, and its context says why.
func TestBadTokensByADeny(t *testing.T) {
	a := documented(t, `,"deny_status":403`+described)
	for flavour, event := range flavours {
		p := ask(t, a, event(request{"GET", "/x", "/x", "Bearer x"}))
		if p.allows("GET", "/x") || p.IsAuthorized != nil && *p.IsAuthorized || p.Context["error"] != "invalid_token" ||
			p.Context["challenge"] != `Bearer error="invalid_token", resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/v1"` {
			t.Errorf("%s: got %+v", flavour, p)
		}
	}
}
