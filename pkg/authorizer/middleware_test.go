package authorizer_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
)

const described = `,"resource":{"resource":"https://api.example.com/v1","scopes_supported":["pets"]}`

// serve sends a request through the middleware to a handler that says whose it is.
func serve(a *authorizer.Authorizer, method, path string, header http.Header) *httptest.ResponseRecorder {
	handler := a.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, ok := authorizer.FromContext(r.Context())
		_ = json.NewEncoder(w).Encode(map[string]any{"sub": t.Subject, "known": ok})
	}))
	r := httptest.NewRequest(method, path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func bearing(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

const guarded = `,"routes":[
	{"method":"GET","path":"/open","public":true},
	{"method":"GET","path":"/pets","any":["pets","admin"]},
	{"method":"DELETE","path":"/pets/{id}","all":["pets","admin"]},
	{"method":"GET","path":"/money","acr":["gold","silver"],"max_age":"5m"},
	{"method":"GET","path":"/team","claims":{"groups":["staff"],"email":[]}},
	{"method":"GET","path":"/part","audience":["https://part.example.com"]},
	{"method":"ANY","path":"/own/{rest+}"}]`

func TestMiddlewareDecidesAndChallenges(t *testing.T) {
	a := documented(t, guarded+described)
	const metadata = `resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/v1"`
	now := time.Now().Unix()
	for name, c := range map[string]struct {
		method, path string
		header       http.Header
		status       int
		code         string
		challenge    string
	}{
		"no token":           {"GET", "/pets", nil, 401, "invalid_token", `Bearer ` + metadata},
		"basic":              {"GET", "/pets", http.Header{"Authorization": {"Basic eA=="}}, 401, "invalid_token", `Bearer error="invalid_token", ` + metadata},
		"garbage":            {"GET", "/pets", bearing("x"), 401, "invalid_token", `Bearer error="invalid_token", ` + metadata},
		"two headers":        {"GET", "/pets", http.Header{"Authorization": {"Bearer a", "Bearer b"}}, 400, "invalid_request", `Bearer error="invalid_request", ` + metadata},
		"good":               {"GET", "/pets", bearing(token("pets", nil)), 200, "", ""},
		"HEAD is GET":        {"HEAD", "/pets", bearing(token("pets", nil)), 200, "", ""},
		"HEAD without":       {"HEAD", "/pets", bearing(token("", nil)), 403, "", `Bearer error="insufficient_scope", scope="pets", ` + metadata},
		"the other of any":   {"GET", "/pets", bearing(token("admin", nil)), 200, "", ""},
		"none of any":        {"GET", "/pets", bearing(token("toys", nil)), 403, "insufficient_scope", `Bearer error="insufficient_scope", scope="pets", ` + metadata},
		"one of all":         {"DELETE", "/pets/1", bearing(token("pets", nil)), 403, "insufficient_scope", `Bearer error="insufficient_scope", scope="admin pets", ` + metadata},
		"unlisted":           {"GET", "/elsewhere", bearing(token("pets admin", nil)), 403, "insufficient_scope", `Bearer error="insufficient_scope", ` + metadata},
		"unlisted method":    {"POST", "/pets", bearing(token("pets admin", nil)), 403, "insufficient_scope", `Bearer error="insufficient_scope", ` + metadata},
		"below a listed one": {"DELETE", "/pets/1/toys", bearing(token("pets admin", nil)), 403, "insufficient_scope", `Bearer error="insufficient_scope", ` + metadata},
		"climbing out":       {"GET", "/own/..%2f..%2fsecret", bearing(token("pets", nil)), 403, "insufficient_scope", `Bearer error="insufficient_scope", ` + metadata},
		"public":             {"GET", "/open", nil, 200, "", ""},
		"public, bad token":  {"GET", "/open", bearing("x"), 401, "invalid_token", `Bearer error="invalid_token", ` + metadata},
		"public, other verb": {"POST", "/open", nil, 401, "invalid_token", `Bearer ` + metadata},
		"RFC 9470 silent":    {"GET", "/money", bearing(token("", nil)), 401, "insufficient_user_authentication", `Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="300", ` + metadata},
		"RFC 9470 too old":   {"GET", "/money", bearing(token("", map[string]any{"acr": "gold", "auth_time": now - 301})), 401, "insufficient_user_authentication", `Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="300", ` + metadata},
		"RFC 9470 too weak":  {"GET", "/money", bearing(token("", map[string]any{"acr": "tin", "auth_time": now})), 401, "insufficient_user_authentication", `Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="300", ` + metadata},
		"RFC 9470 no time":   {"GET", "/money", bearing(token("", map[string]any{"acr": "gold"})), 401, "insufficient_user_authentication", `Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="300", ` + metadata},
		"RFC 9470 enough":    {"GET", "/money", bearing(token("", map[string]any{"acr": "silver", "auth_time": now - 200})), 200, "", ""},
		"claim in a list":    {"GET", "/team", bearing(token("", map[string]any{"groups": []any{"x", "staff"}, "email": "a@example.com"})), 200, "", ""},
		"claim missing":      {"GET", "/team", bearing(token("", map[string]any{"groups": "staff"})), 403, "insufficient_scope", `Bearer error="insufficient_scope", ` + metadata},
		"claim null":         {"GET", "/team", bearing(token("", map[string]any{"groups": "staff", "email": nil})), 403, "insufficient_scope", `Bearer error="insufficient_scope", ` + metadata},
		"claim of others":    {"GET", "/team", bearing(token("", map[string]any{"groups": []any{"staffer"}, "email": "a"})), 403, "insufficient_scope", `Bearer error="insufficient_scope", ` + metadata},
		"other audience":     {"GET", "/part", bearing(token("", nil)), 403, "insufficient_scope", `Bearer error="insufficient_scope", ` + metadata},
		"that audience":      {"GET", "/part", bearing(token("", map[string]any{"aud": []any{audience, "https://part.example.com"}})), 200, "", ""},
		"O20 bound as Bearer": {
			"GET", "/pets", bearing(token("pets", map[string]any{"cnf": map[string]any{"jkt": "x"}})), 401, "invalid_token",
			`Bearer error="invalid_token", ` + metadata,
		},
	} {
		got := serve(a, c.method, c.path, c.header)
		var body map[string]any
		_ = json.Unmarshal(got.Body.Bytes(), &body)
		if code, _ := body["error"].(string); got.Code != c.status || c.method != "HEAD" && code != c.code || got.Header().Get("WWW-Authenticate") != c.challenge {
			t.Errorf("%s: got %d, challenge %s, %s", name, got.Code, got.Header().Get("WWW-Authenticate"), got.Body)
		}
		if c.status == 200 && c.method != "HEAD" && (body["known"] != true || body["sub"] != "alice") != (name == "public") {
			t.Errorf("%s: got %v", name, body)
		}
		if c.status != 200 && got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got Cache-Control %q", name, got.Header().Get("Cache-Control"))
		}
	}
}

func TestOurOwnFailureIsNoChallenge(t *testing.T) {
	a, err := authorizer.New(authorizer.Settings{}, tokens(keysDown{}), discard)
	if err != nil {
		t.Fatal(err)
	}
	got := serve(a, "GET", "/", bearing(token("", nil)))
	if got.Code != 500 || got.Header().Get("WWW-Authenticate") != "" || got.Body.String() != `{"error":"server_error","error_description":"something went wrong on our side"}`+"\n" {
		t.Errorf("got %d %v %s", got.Code, got.Header(), got.Body)
	}
}

// RFC 9728 §3: whoever was refused finds the way to the issuer.
func TestResourceDescribesItself(t *testing.T) {
	a := documented(t, described+`,"sources":[{"header":"Authorization"},{"query":"access_token"}]`)
	got := serve(a, "GET", "/.well-known/oauth-protected-resource/v1", nil)
	const want = `{"resource":"https://api.example.com/v1","authorization_servers":["` + issuer + `"],"scopes_supported":["pets"],` +
		`"bearer_methods_supported":["header","query"]}`
	if got.Code != 200 || got.Body.String() != want || got.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("got %d %v %s", got.Code, got.Header(), got.Body)
	}
	for path, header := range map[string]http.Header{"/.well-known/oauth-protected-resource": nil, "/.well-known/oauth-protected-resource/v2": nil} {
		if got := serve(a, "GET", path, header); got.Code != 401 {
			t.Errorf("%s: got %d", path, got.Code)
		}
	}
	if got := serve(documented(t, ""), "GET", "/.well-known/oauth-protected-resource", nil); got.Code != 401 {
		t.Errorf("without settings: got %d", got.Code)
	}
}

func TestTokensStandWhereTheSettingsSay(t *testing.T) {
	const everywhere = `,"result_ttl":"0s","sources":[{"header":"Authorization"},{"header":"X-Token"},{"query":"t"},{"subprotocol":"bearer"},
		{"cookie":"session","csrf_header":"X-Csrf"}]`
	good := token("", nil)
	for name, c := range map[string]struct {
		settings, method, path string
		header                 http.Header
		status                 int
	}{
		"header by default":              {``, "GET", "/", bearing(good), 200},
		"query not by default":           {``, "GET", "/?t=" + good, nil, 401},
		"access_token not by default":    {``, "GET", "/?access_token=" + good, nil, 401},
		"subprotocol not by default":     {``, "GET", "/", http.Header{"Sec-Websocket-Protocol": {"bearer, " + good}}, 401},
		"cookie not by default":          {``, "GET", "/", http.Header{"Cookie": {"session=" + good}}, 401},
		"Authorization":                  {everywhere, "GET", "/", bearing(good), 200},
		"another header":                 {everywhere, "GET", "/", http.Header{"X-Token": {good}}, 200},
		"another header with scheme":     {everywhere, "GET", "/", http.Header{"X-Token": {"bearer " + good}}, 200},
		"another header twice":           {everywhere, "GET", "/", http.Header{"X-Token": {good, good}}, 400},
		"query":                          {everywhere, "GET", "/?t=" + good, nil, 200},
		"query twice":                    {everywhere, "GET", "/?t=" + good + "&t=" + good, nil, 400},
		"query that cannot be read":      {everywhere, "GET", "/?t=" + good + "&;=%zz", nil, 401},
		"subprotocol":                    {everywhere, "GET", "/", http.Header{"Sec-Websocket-Protocol": {"chat, bearer, " + good}}, 200},
		"subprotocol in two lines":       {everywhere, "GET", "/", http.Header{"Sec-Websocket-Protocol": {"bearer", good}}, 200},
		"subprotocol alone":              {everywhere, "GET", "/", http.Header{"Sec-Websocket-Protocol": {"bearer"}}, 400},
		"subprotocol twice":              {everywhere, "GET", "/", http.Header{"Sec-Websocket-Protocol": {"bearer, " + good + ", bearer, x"}}, 400},
		"two places":                     {everywhere, "GET", "/?t=" + good, bearing(good), 400},
		"two other places":               {everywhere, "GET", "/?t=" + good, http.Header{"X-Token": {good}}, 400},
		"other scheme beside":            {everywhere, "GET", "/?t=" + good, http.Header{"Authorization": {"Basic x"}}, 401},
		"cookie":                         {everywhere, "GET", "/", http.Header{"Cookie": {"a=b; session=" + good}}, 200},
		"cookie of a similar name":       {everywhere, "GET", "/", http.Header{"Cookie": {"sessions=" + good}}, 401},
		"cookie twice":                   {everywhere, "GET", "/", http.Header{"Cookie": {"session=" + good + "; session=x"}}, 400},
		"cookie that changes something":  {everywhere, "POST", "/", http.Header{"Cookie": {"session=" + good}}, 400},
		"cookie, from another site":      {everywhere, "POST", "/", http.Header{"Cookie": {"session=" + good}, "Sec-Fetch-Site": {"cross-site"}}, 400},
		"cookie, from a sister site":     {everywhere, "POST", "/", http.Header{"Cookie": {"session=" + good}, "Sec-Fetch-Site": {"same-site"}}, 400},
		"cookie, said twice":             {everywhere, "POST", "/", http.Header{"Cookie": {"session=" + good}, "Sec-Fetch-Site": {"same-origin", "cross-site"}}, 400},
		"cookie, from our own page":      {everywhere, "POST", "/", http.Header{"Cookie": {"session=" + good}, "Sec-Fetch-Site": {"same-origin"}}, 200},
		"cookie, with the header":        {everywhere, "DELETE", "/", http.Header{"Cookie": {"session=" + good}, "X-Csrf": {"1"}}, 200},
		"cookie that opens a socket":     {everywhere, "GET", "/", http.Header{"Cookie": {"session=" + good}, "Upgrade": {"WebSocket"}}, 400},
		"cookie that opens it, our page": {everywhere, "GET", "/", http.Header{"Cookie": {"session=" + good}, "Upgrade": {"websocket"}, "Sec-Fetch-Site": {"same-origin"}}, 200},
	} {
		if got := serve(documented(t, c.settings), c.method, c.path, c.header); got.Code != c.status {
			t.Errorf("%s: got %d %s", name, got.Code, got.Body)
		}
	}
}
