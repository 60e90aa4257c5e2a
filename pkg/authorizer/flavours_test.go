package authorizer_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
)

// counted is an authorizer that counts how often it is asked.
type counted struct {
	*authorizer.Authorizer
	asked int
}

func (c *counted) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	c.asked++
	return c.Authorizer.Invoke(ctx, payload)
}

// told is a function that answers with what it was told of the caller.
type told struct{}

func (told) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	var e struct {
		RequestContext struct {
			Authorizer map[string]any `json:"authorizer"`
		} `json:"requestContext"`
		Identity struct {
			ResolverContext map[string]any `json:"resolverContext"`
		} `json:"identity"`
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	if e.Identity.ResolverContext != nil {
		return json.Marshal(e.Identity.ResolverContext)
	}
	body, err := json.Marshal(e.RequestContext.Authorizer)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"statusCode": 200, "body": string(body)})
}

// gateways are every kind of API with the authorizer before it. Its cache is on.
var gateways = map[string]local.API{
	"rest token":   restAPI(local.Authorizer{Type: "TOKEN", IdentitySource: []string{"Authorization"}}),
	"rest request": restAPI(local.Authorizer{Type: "REQUEST", IdentitySource: []string{"Authorization"}}),
	"http 1.0":     httpAPI(local.Authorizer{Format: "1.0", IdentitySource: []string{"Authorization"}}),
	"http 2.0":     httpAPI(local.Authorizer{Format: "2.0", Simple: true, IdentitySource: []string{"Authorization", "$routeKey"}}),
	"http 2.0 iam": httpAPI(local.Authorizer{Format: "2.0", IdentitySource: []string{"Authorization"}}),
}

func restAPI(a local.Authorizer) local.API { return api(local.REST, a) }

func httpAPI(a local.Authorizer) local.API {
	a.Type = "REQUEST"
	return api(local.HTTP, a)
}

func api(kind local.Kind, a local.Authorizer) local.API {
	a.Name, a.Function, a.TTL = "authorizer", "authorizer", 10
	var routes []local.Route
	for _, path := range []string{"/pets", "/pets/{id}", "/admin", "/new"} {
		routes = append(routes, local.Route{Method: "GET", Path: path, Function: "api", Authorizer: "authorizer"})
	}
	table := local.Deployed()
	return local.API{
		Name: "x", Kind: kind, Stage: "live", Authorizers: []local.Authorizer{a}, Routes: routes,
		Responses: table[len(table)-1].Responses,
	}
}

// standing is the gateway with the authorizer of the settings.
func standing(t *testing.T, table local.API, settings string) (http.Handler, *counted) {
	t.Helper()
	c := &counted{Authorizer: documented(t, settings)}
	h, err := local.New([]local.API{table}, map[string]local.Invoker{"authorizer": c, "api": told{}}, discard)
	if err != nil {
		t.Fatal(err)
	}
	return h, c
}

func get(h http.Handler, path string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// GATEWAY §2.5, 1 to 5: behind API Gateway's result cache every route is decided as
// without it.
func TestF01EveryFlavourThroughTheGatewayAndItsCache(t *testing.T) {
	const rules = `,"routes":[{"method":"GET","path":"/pets","all":["pets"]},{"method":"GET","path":"/pets/{id}","all":["pets"]},
		{"method":"GET","path":"/admin","all":["admin"]}]`
	for name, table := range gateways {
		settings := rules
		if table.Authorizers[0].Format == "2.0" && !table.Authorizers[0].Simple {
			settings += `,"http_response":"iam"`
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, c := standing(t, table, settings)
				pets, admin := bearing(token("pets", nil)), bearing(token("admin", nil))
				for i, step := range []struct {
					path   string
					header http.Header
					wait   time.Duration
					status int
				}{
					{"/pets", nil, 0, 401},
					{"/pets", bearing("x"), 0, 401},
					{"/pets", pets, 0, 200},
					{"/admin", pets, 0, 403},
					{"/new", pets, 0, 403}, // deployed, and no rule names it
					{"/pets/1", pets, 0, 200},
					{"/pets", admin, 0, 403},
					{"/admin", admin, 0, 200},
					{"/pets", pets, 11 * time.Second, 200},
				} {
					time.Sleep(step.wait)
					if got := get(h, step.path, step.header); got.Code != step.status {
						t.Errorf("step %d, %s: got %d %s", i, step.path, got.Code, got.Body)
					}
				}
				if want := map[bool]int{true: 8, false: 4}[table.Authorizers[0].Simple]; c.asked != want {
					t.Errorf("asked %d times, want %d", c.asked, want)
				}
			})
		})
	}
}

// F02; GATEWAY §2.5, 4: a kept answer outlives its token by no more than the TTL.
func TestF02KeptAnswersEndWithTheTTL(t *testing.T) {
	for name, table := range gateways {
		if strings.Contains(name, "iam") {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			h, _ := standing(t, table, "")
			short := bearing(token("", map[string]any{"exp": time.Now().Unix() + 5}))
			if got := get(h, "/pets", short); got.Code != 200 {
				t.Errorf("%s: got %d", name, got.Code)
			}
			time.Sleep(11 * time.Second)
			if got := get(h, "/pets", short); got.Code != 401 {
				t.Errorf("%s, after the TTL: got %d", name, got.Code)
			}
		})
	}
}

// RFC 9470 §3 and RFC 6750 §3.1 through a REST API: the gateway response carries what
// the answer's context says, also out of the cache.
func TestChallengesReachTheCallerOfARESTAPI(t *testing.T) {
	h, _ := standing(t, gateways["rest request"], `,"routes":[{"method":"GET","path":"/pets","all":["pets"]},
		{"method":"GET","path":"/admin","acr":["gold"],"max_age":"5m"}]`)
	known := map[string]any{"acr": "gold", "auth_time": time.Now().Unix()}
	for name, c := range map[string]struct {
		path, token     string
		challenge, body string
	}{
		"scope":          {"/pets", token("", known), `Bearer error="insufficient_scope", scope="pets"`, `"error":"insufficient_scope"`},
		"authentication": {"/admin", token("pets", nil), `Bearer error="insufficient_user_authentication", acr_values="gold", max_age="300"`, `"error":"insufficient_user_authentication"`},
		"both":           {"/admin", token("", nil), `Bearer error="insufficient_scope", Bearer error="insufficient_user_authentication"`, `"error":"insufficient_scope"`},
	} {
		for range 2 {
			got := get(h, c.path, bearing(c.token))
			if got.Code != 403 || got.Header().Get("WWW-Authenticate") != c.challenge || !strings.Contains(got.Body.String(), c.body) {
				t.Errorf("%s: got %d, %s: %s", name, got.Code, got.Header().Get("WWW-Authenticate"), got.Body)
			}
		}
	}
}

// GATEWAY §2.1: a browser cannot set Authorization on a WebSocket.
func TestWebSocketsAreAuthorizedWhenTheyConnect(t *testing.T) {
	good := token("chat", map[string]any{"exp": time.Now().Unix() + 600})
	table := api(local.WebSocket, local.Authorizer{Type: "REQUEST"})
	table.Routes = []local.Route{{Method: "GET", Path: "/", Function: "api", Authorizer: "authorizer"}}
	const places = `,"sources":[{"header":"Authorization"},{"query":"token"},{"subprotocol":"bearer"}]`
	for name, c := range map[string]struct {
		settings, source, path string
		header                 http.Header
		status                 int
	}{
		"header":                     {"", "Authorization", "/", bearing(good), 200},
		"bad":                        {"", "Authorization", "/", bearing("x"), 401},
		"query, not allowed":         {"", "?token", "/?token=" + good, nil, 401},
		"query":                      {places, "?token", "/?token=" + good, nil, 200},
		"subprotocol":                {places, "Sec-WebSocket-Protocol", "/", http.Header{"Sec-Websocket-Protocol": {"bearer, " + good}}, 200},
		"scope":                      {`,"routes":[{"method":"GET","path":"/$connect","all":["chat"]}]`, "Authorization", "/", bearing(good), 200},
		"scope missing":              {`,"routes":[{"method":"GET","path":"/$connect","all":["talk"]}]`, "Authorization", "/", bearing(good), 403},
		"cookie from another's page": {`,"result_ttl":"0s","sources":[{"cookie":"s"}]`, "Cookie", "/", http.Header{"Cookie": {"s=" + good}, "Sec-Websocket-Key": {"x"}}, 401},
	} {
		table.Authorizers[0].IdentitySource = []string{c.source}
		h, _ := standing(t, table, c.settings)
		got := get(h, c.path, c.header)
		if got.Code != c.status {
			t.Errorf("%s: got %d %s", name, got.Code, got.Body)
		}
		var context map[string]any
		_ = json.Unmarshal(got.Body.Bytes(), &context)
		if c.status == 200 && (context["sub"] != "alice" || len(context["exp"].(string)) != 10) {
			t.Errorf("%s: got %v: nobody can end the connection in time", name, context)
		}
		if c.status == 403 && !strings.Contains(got.Header().Get("WWW-Authenticate"), `scope="talk"`) {
			t.Errorf("%s: got %v", name, got.Header())
		}
	}
}

// F02: AppSync can be told how long to keep an answer, so no answer outlives its token.
func TestF02AppSyncForgetsWithTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := api(local.GraphQL, local.Authorizer{Type: "REQUEST", IdentitySource: []string{"Authorization"}})
		table.Authorizers[0].TTL = 3600
		table.Routes = []local.Route{{Method: "GET", Path: "/graphql", Function: "api", Authorizer: "authorizer"}}
		h, c := standing(t, table, `,"routes":[{"method":"POST","path":"/graphql","all":["read"]}]`)
		good := token("read", map[string]any{"exp": time.Now().Unix() + 25})
		for i, step := range []struct {
			authorization string
			wait          time.Duration
			status, asked int
		}{
			{"", 0, 401, 0},
			{"x", 0, 401, 1},
			{token("write", nil), 0, 401, 2},
			{good, 0, 200, 3}, // bare, as AppSync wants it
			{good, 9 * time.Second, 200, 3},
			{"Bearer " + good, 0, 200, 4},
			{good, 2 * time.Second, 200, 5},  // kept for 10 s
			{good, 10 * time.Second, 200, 6}, // kept for 4 s, which the token is still good
			{good, 5 * time.Second, 401, 7},
		} {
			time.Sleep(step.wait)
			got := get(h, "/graphql", http.Header{"Authorization": {step.authorization}})
			if got.Code != step.status || c.asked != step.asked {
				t.Errorf("step %d: got %d after %d questions: %s", i, got.Code, c.asked, got.Body)
			}
			if step.status == 200 && !strings.Contains(got.Body.String(), `"sub":"alice"`) {
				t.Errorf("step %d: got %s", i, got.Body)
			}
		}
	})
}
