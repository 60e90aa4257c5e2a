package local_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
)

func TestProviderRoutes(t *testing.T) {
	provider := local.Deployed()[:1]
	functions := map[string]local.Invoker{}
	for _, route := range provider[0].Routes {
		functions[route.Function] = echo
	}
	h, err := local.New(provider, functions, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for request, want := range map[string]int{
		"GET /authorize":                        200,
		"POST /authorize":                       200,
		"HEAD /authorize":                       200,
		"OPTIONS /logout/confirm":               200,
		"POST /token":                           200,
		"OPTIONS /token":                        200,
		"GET /token":                            404,
		"POST /revoke":                          200,
		"GET /userinfo":                         200,
		"GET /jwks.json":                        200,
		"GET /jwks.json/":                       200, // GATEWAY §2.5, 12
		"GET /.well-known/openid-configuration": 200,
		"GET /.well-known/oauth-authorization-server":     200,
		"GET /.well-known/oauth-authorization-server/":    200,
		"GET /.well-known/oauth-authorization-server/a/b": 200,
		"GET /":           404, // GATEWAY §2.5, 14
		"HEAD /jwks.json": 404,
		"POST /token/":    404,
	} {
		method, path, _ := strings.Cut(request, " ")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest(method, path, nil)); w.Code != want {
			t.Errorf("%s: got %d, want %d", request, w.Code, want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader("a=b%20c"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", "6.6.6.6")
	r.Header.Set("Cookie", "s=1; t=2")
	r.RemoteAddr = "198.51.100.7:5555"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	const want = `{"address":"198.51.100.7:0","authorizer":null,"cookie":"s=1; t=2","form":"b c","path":"/token"}`
	if got := strings.TrimSpace(w.Body.String()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTablesThatCannotWorkAreRefused(t *testing.T) {
	authorizer := local.Authorizer{Name: "a", Function: "f", IdentitySource: []string{"Authorization"}, TTL: 10}
	long, open := authorizer, authorizer
	long.TTL, open.IdentitySource = 7200, nil
	for name, api := range map[string]local.API{
		"no function":        {Routes: []local.Route{{Method: "GET", Path: "/", Function: "g"}}},
		"no authorizer":      {Routes: []local.Route{{Method: "GET", Path: "/", Function: "f", Authorizer: "a"}}},
		"TTL over an hour":   {Authorizers: []local.Authorizer{long}},
		"no identity source": {Authorizers: []local.Authorizer{open}},
	} {
		if _, err := local.New([]local.API{api}, map[string]local.Invoker{"f": echo}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAMethodOfItsOwnGoesBeforeAny(t *testing.T) {
	answers := func(text string) local.Invoker {
		return function(func(context.Context, []byte) ([]byte, error) {
			return json.Marshal(map[string]any{"statusCode": 200, "body": text})
		})
	}
	h, err := local.New([]local.API{{Name: "x", Kind: local.HTTP, Stage: "$default", Routes: []local.Route{
		{Method: "ANY", Path: "/a", Function: "any"},
		{Method: "GET", Path: "/a", Function: "get"},
		{Method: "ANY", Path: "/a/b", Function: "any"},
		{Method: "GET", Path: "/a/{c}", Function: "get"},
	}}}, map[string]local.Invoker{"any": answers("any"), "get": answers("get")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for request, want := range map[string]string{"GET /a": "get", "PUT /a": "any", "GET /a/b": "any", "GET /a/d": "get"} {
		method, path, _ := strings.Cut(request, " ")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Body.String() != want {
			t.Errorf("%s leads to %s", request, w.Body)
		}
	}
}
