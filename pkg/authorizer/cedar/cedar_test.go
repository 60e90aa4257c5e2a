package cedar_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/authorizer/cedar"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// known are tokens that somebody else has verified: what a token says is its name.
type known map[string]oauth.AccessToken

func (k known) Verify(_ context.Context, token string) (oauth.AccessToken, error) {
	t, ok := k[token]
	if !ok {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("unknown")
	}
	t.Issuer, t.Expires = "https://id.example.com", time.Now().Add(time.Hour)
	return t, nil
}

var people = known{
	"alice": {Subject: "alice", ClientID: "app", Scope: oauth.Scope{"read"}, Claims: map[string]any{
		"sub": "alice", "groups": []any{"staff", 3.5, nil}, "level": 7.0, "ratio": 0.5, "address": map[string]any{"country": "CH"}, "admin": true,
	}},
	"bob":     {Subject: "bob", ClientID: "app", Scope: oauth.Scope{"read", "write"}, Claims: map[string]any{"sub": "bob"}},
	"machine": {Subject: "robot", ClientID: "robot", Claims: map[string]any{"sub": "robot"}},
}

// open is a gate under the policies.
func open(t *testing.T, policies, entities, more string) (*authorizer.Authorizer, error) {
	t.Helper()
	folder := t.TempDir()
	named := `"cedar":{"policies_file":` + write(t, folder, "policies.cedar", policies)
	if entities != "" {
		named += `,"entities_file":` + write(t, folder, "entities.json", entities)
	}
	s, err := authorizer.ParseSettings([]byte(`{` + named + `}` + more + `}`))
	if err != nil {
		return nil, err
	}
	if s, err = cedar.Open(s); err != nil {
		return nil, err
	}
	return authorizer.New(s, people, slog.New(slog.DiscardHandler))
}

func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	file := filepath.Join(folder, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal(file)
	return string(quoted)
}

const uncached = `,"result_ttl":"0s"`

func TestPoliciesDecide(t *testing.T) {
	const entities = `[{"uid":{"type":"User","id":"alice"},"parents":[{"type":"Team","id":"keepers"}],"attrs":{},"tags":{}},
		{"uid":{"type":"Team","id":"keepers"},"parents":[],"attrs":{},"tags":{}}]`
	for name, c := range map[string]struct {
		policies, who, request string
		status                 int
	}{
		"permitted":                   {`permit(principal == User::"alice", action == Action::"GET", resource == Route::"/pets");`, "alice", "GET /pets", 200},
		"other person":                {`permit(principal == User::"alice", action, resource);`, "bob", "GET /pets", 403},
		"other method":                {`permit(principal, action == Action::"GET", resource);`, "alice", "POST /pets", 403},
		"other path":                  {`permit(principal, action, resource == Route::"/pets");`, "alice", "GET /toys", 403},
		"default deny":                {`forbid(principal == User::"nobody", action, resource);`, "alice", "GET /pets", 403},
		"forbid wins":                 {`permit(principal, action, resource); forbid(principal == User::"bob", action, resource);`, "bob", "GET /pets", 403},
		"client for itself":           {`permit(principal == Client::"robot", action, resource);`, "machine", "GET /pets", 200},
		"a client is no person":       {`permit(principal == User::"robot", action, resource);`, "machine", "GET /pets", 403},
		"team":                        {`permit(principal in Team::"keepers", action, resource);`, "alice", "GET /pets", 200},
		"not of the team":             {`permit(principal in Team::"keepers", action, resource);`, "bob", "GET /pets", 403},
		"scope":                       {`permit(principal, action, resource) when { context.scope.contains("write") };`, "bob", "GET /", 200},
		"scope missing":               {`permit(principal, action, resource) when { context.scope.contains("write") };`, "alice", "GET /", 403},
		"claim in a list":             {`permit(principal, action, resource) when { context.claims.groups.contains("staff") };`, "alice", "GET /", 200},
		"number":                      {`permit(principal, action, resource) when { context.claims.level > 6 };`, "alice", "GET /", 200},
		"nested":                      {`permit(principal, action, resource) when { context.claims.address.country == "CH" && context.claims.admin };`, "alice", "GET /", 200},
		"address":                     {`permit(principal, action, resource) when { context.request.source_ip.isInRange(ip("192.0.2.0/24")) };`, "alice", "GET /", 200},
		"path":                        {`permit(principal, action, resource) when { context.request.path like "/public/*" };`, "alice", "GET /public/a", 200},
		"a policy that fails refuses": {`permit(principal, action, resource); forbid(principal, action, resource) when { context.claims.level < 5 };`, "bob", "GET /", 403},
		"a fraction has no value":     {`permit(principal, action, resource); forbid(principal, action, resource) when { context.claims.ratio == 1 };`, "alice", "GET /", 403},
		"encoded":                     {`permit(principal, action, resource == Route::"/a b");`, "alice", "GET /a%20b", 200},
		"encoded, for another":        {`permit(principal, action, resource); forbid(principal, action, resource == Route::"/pets");`, "alice", "GET /%70ets", 403},
		"written unusually":           {`permit(principal, action, resource); forbid(principal, action, resource == Route::"/pets");`, "alice", "GET /pets/", 403},
		"climbing":                    {`permit(principal, action, resource); forbid(principal, action, resource == Route::"/pets");`, "alice", "GET /x/../pets", 403},
		"with a hidden slash":         {`permit(principal, action, resource); forbid(principal, action, resource == Route::"/a/b");`, "alice", "GET /a%2fb", 403},
		"no token":                    {`permit(principal, action, resource);`, "nobody", "GET /", 401},
	} {
		gate, err := open(t, c.policies, entities, uncached)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		method, path, _ := strings.Cut(c.request, " ")
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Authorization", "Bearer "+c.who)
		w := httptest.NewRecorder()
		gate.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "alice") || strings.Contains(w.Body.String(), "policy0") {
			t.Errorf("%s: the policy shows in %s", name, w.Body)
		}
	}
}

func TestPoliciesComeAfterTheRoutes(t *testing.T) {
	gate, err := open(t, `permit(principal, action, resource);`, "", uncached+`,"routes":[{"method":"GET","path":"/a","all":["write"]}]`)
	if err != nil {
		t.Fatal(err)
	}
	for path, outcome := range map[string]authorizer.Outcome{"/a": authorizer.Denied, "/b": authorizer.Denied} {
		r := authorizer.Request{Method: "GET", Path: path, Header: http.Header{"Authorization": {"Bearer alice"}}}
		if got := gate.Check(t.Context(), r); got.Outcome != outcome {
			t.Errorf("%s: got %v", path, got.Outcome)
		}
	}
}

// GATEWAY §2.5, 5: what policies go by must be in the key of the cache, or there is
// none.
func TestF01PoliciesAndTheResultCache(t *testing.T) {
	const byRoute, byRequest = `permit(principal, action, resource) when { context.claims has admin };`,
		`permit(principal, action, resource) when { context.request.method == "GET" };`
	for name, c := range map[string]struct{ policies, more, want string }{
		"kept by the token":             {byRoute, ``, "cache_key"},
		"kept by the route":             {byRoute, `,"cache_key":"route"`, ""},
		"not kept":                      {byRoute, uncached, ""},
		"goes by the request":           {byRequest, `,"cache_key":"route"`, "context.request"},
		"has it, by another way":        {`permit(principal, action, resource) when { context has request };`, `,"cache_key":"route"`, "context.request"},
		"goes by the whole context":     {`permit(principal, action, resource) when { context == {a: 1} };`, `,"cache_key":"route"`, "context.request"},
		"hidden in a condition":         {`permit(principal, action, resource) unless { if context.claims.a == 1 then context["request"].path == "x" else false };`, `,"cache_key":"route"`, "context.request"},
		"goes by the request, not kept": {byRequest, uncached, ""},
	} {
		if _, err := open(t, c.policies, "", c.more); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	gate, err := open(t, `permit(principal, action == Action::"GET", resource == Route::"/pets");`, "", `,"cache_key":"route"`)
	if err != nil {
		t.Fatal(err)
	}
	event := func(key, method string) string {
		return `{"version":"2.0","type":"REQUEST","routeArn":"arn:aws:execute-api:eu-central-1:123456789012:a1/live/` + method + `/pets",
			"identitySource":["Bearer alice","` + key + `"],"routeKey":"` + key + `","rawPath":"/pets","headers":{"authorization":"Bearer alice"}}`
	}
	for name, c := range map[string]struct{ key, method, want string }{
		"its route":       {"GET /pets", "GET", `"isAuthorized":true`},
		"another method":  {"POST /pets", "POST", `"isAuthorized":false`},
		"of many methods": {"ANY /pets", "GET", ``},
		"everything":      {"$default", "GET", ``},
	} {
		answer, err := gate.Invoke(t.Context(), []byte(event(c.key, c.method)))
		if c.want == "" && err == nil || c.want != "" && !strings.Contains(string(answer), c.want) {
			t.Errorf("%s: got %s, %v", name, answer, err)
		}
	}
}

// A catch-all leads wherever the path does, as whoever stands behind it reads it.
func TestPoliciesBehindACatchAll(t *testing.T) {
	const byPath, byName = `permit(principal, action, resource) when { context.request.path like "/live/open/*" };`,
		`permit(principal, action, resource); forbid(principal, action, resource == Route::"/admin");`
	for name, c := range map[string]struct {
		policies, route, path string
		want                  bool
	}{
		"by the path":                   {byPath, "GET /{proxy+}", "/open/a%20b", true},
		"by the path, climbing":         {byPath, "GET /{proxy+}", "/open/..%2fadmin", false},
		"by the path, climbing oddly":   {byPath, "GET /{proxy+}", "/open/..;/admin", false},
		"by the path, that is all":      {byPath, "$default", "/open/x", true},
		"by the path, climbing from it": {byPath, "$default", "/open/../admin", false},
		"by the name of the path":       {byName, "$default", "/admin", false},
		"by the name, encoded":          {byName, "$default", "/%61dmin", false},
		"by the name, with more":        {byName, "$default", "/admin;x", false},
		"by another name":               {byName, "$default", "/pets", true},
		"by the route's name":           {byName, "GET /{proxy+}", "/pets/", true},
	} {
		gate, err := open(t, c.policies, "", uncached)
		if err != nil {
			t.Fatal(err)
		}
		for kind, event := range map[string]string{
			"2.0": `{"version":"2.0","type":"REQUEST","routeArn":%q,"routeKey":%q,"rawPath":%q,"headers":{"authorization":"Bearer alice"}}`,
			"1.0": `{"version":"1.0","type":"REQUEST","methodArn":%q,"resource":%q,"path":%q,"headers":{"authorization":"Bearer alice"}}`,
		} {
			route := c.route
			if kind == "1.0" {
				route = strings.TrimPrefix(route, "GET ")
			}
			answer, err := gate.Invoke(t.Context(),
				fmt.Appendf(nil, event, "arn:aws:execute-api:eu-central-1:123456789012:a1/live/GET"+c.path, route, "/live"+c.path))
			allowed := strings.Contains(string(answer), `"isAuthorized":true`) || strings.Contains(string(answer), `"Effect":"Allow"`)
			if err != nil || allowed != c.want {
				t.Errorf("%s, %s: got %s, %v", name, kind, answer, err)
			}
		}
	}
}

func TestPoliciesThatCannotBeKeptAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ policies, entities string }{
		"none":            {"", ""},
		"no Cedar":        {"let everybody in", ""},
		"broken entities": {`permit(principal, action, resource);`, `{"a":1}`},
	} {
		if _, err := open(t, c.policies, c.entities, uncached); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s := authorizer.Settings{Cedar: &authorizer.CedarSettings{PoliciesFile: "nothing.cedar"}}
	if _, err := cedar.Open(s); err == nil {
		t.Error("a file that is not there: accepted")
	}
	if _, err := authorizer.New(s, people, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "-tags cedar") {
		t.Errorf("a build without policies: got %v", err)
	}
}

// Of several issuers one could name another's people.
func TestPeopleOfSeveralIssuersAreToldApart(t *testing.T) {
	const two = uncached + `,"issuers":[{"issuer":"https://id.example.com"},{"issuer":"https://id.example.org"}]`
	for policies, want := range map[string]authorizer.Outcome{
		`permit(principal == User::"alice", action, resource);`:                        authorizer.Denied,
		`permit(principal == User::"https://id.example.com|alice", action, resource);`: authorizer.Allowed,
	} {
		gate, err := open(t, policies, "", two)
		if err != nil {
			t.Fatal(err)
		}
		got := gate.Check(t.Context(), authorizer.Request{Method: "GET", Path: "/", Header: http.Header{"Authorization": {"Bearer alice"}}})
		if got.Outcome != want {
			t.Errorf("%s: got %v %v", policies, got.Outcome, got.Reason)
		}
	}
}

// An API key acts for a client of ours, which may be called as one of theirs.
func TestClientsOfAPIKeysAreToldApart(t *testing.T) {
	const policies = `permit(principal == Client::"robot", action, resource);`
	for issuer, want := range map[string]authorizer.Outcome{
		`{"issuer":"https://id.example.com","own":true}`: authorizer.Allowed, `{"issuer":"https://id.example.com"}`: authorizer.Denied,
	} {
		file := write(t, t.TempDir(), "policies.cedar", policies)
		s, err := authorizer.ParseSettings([]byte(`{"cedar":{"policies_file":` + file + `},"issuers":[` + issuer + `],
			"sources":[{"header":"Authorization"},{"api_key_header":"X-Api-Key"}]` + uncached + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if s, err = cedar.Open(s.With(authorizer.Tables{APIKey: people.Verify})); err != nil {
			t.Fatal(err)
		}
		gate, err := authorizer.New(s, people, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		got := gate.Check(t.Context(), authorizer.Request{Method: "GET", Path: "/", Header: http.Header{"Authorization": {"Bearer machine"}}})
		if got.Outcome != want {
			t.Errorf("%s: got %v %v", issuer, got.Outcome, got.Reason)
		}
	}
}
