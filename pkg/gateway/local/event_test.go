package local_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
)

// Events have the shape of the samples, which are API Gateway's: the same members
// of the same types.
func TestEventsAreShapedLikeTheSamples(t *testing.T) {
	simple := local.Authorizer{
		Name: "a", Function: "authorizer", Type: "REQUEST", IdentitySource: []string{"Authorization"}, Format: "2.0", Simple: true,
	}
	format1, token := simple, simple
	format1.Format, format1.Simple = "1.0", false
	token.Type, token.Format, token.Simple = "TOKEN", "", false
	rest := token
	rest.Type = "REQUEST"
	for name, c := range map[string]struct {
		kind       local.Kind
		authorizer local.Authorizer
		answer     string
		function   string // the sample of the function's event
		decision   string // the sample of the authorizer's
	}{
		"HTTP 2.0":     {local.HTTP, simple, `{"isAuthorized":true}`, "http-api-2.0", "http-api-2.0"},
		"HTTP 1.0":     {local.HTTP, format1, allow("*", ""), "http-api-2.0", "http-api-1.0"},
		"REST TOKEN":   {local.REST, token, allow("*", ""), "rest-api", "rest-api-token"},
		"REST REQUEST": {local.REST, rest, allow("*", ""), "rest-api", "rest-api-request"},
		"WebSocket":    {local.WebSocket, rest, allow("*", ""), "", "websocket-connect"},
		"AppSync":      {local.GraphQL, rest, `{"isAuthorized":true}`, "", "appsync"},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string][]byte{}
			keep := func(name, answer string) function {
				return func(_ context.Context, payload []byte) ([]byte, error) {
					got[name] = payload
					return []byte(answer), nil
				}
			}
			h, err := local.New([]local.API{{
				Name: "x", Kind: c.kind, Stage: "$default", Authorizers: []local.Authorizer{c.authorizer},
				Routes: []local.Route{{Method: "GET", Path: "/protected", Function: "protected", Authorizer: "a"}},
			}}, map[string]local.Invoker{
				"protected": keep("protected", `{"statusCode":200}`), "authorizer": keep("authorizer", c.answer),
			}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/protected?page=2", nil)
			r.Header.Set("Authorization", "Bearer x")
			r.Header.Set("X-Forwarded-For", "6.6.6.6")
			r.RemoteAddr = "198.51.100.7:5555"
			h.ServeHTTP(httptest.NewRecorder(), r)
			alike(t, "event", decode(t, got["authorizer"]), sample(t, "authorizer", c.decision))
			if c.function == "" { // of which events/ has no sample
				return
			}
			alike(t, "event", decode(t, got["protected"]), sample(t, "protected", c.function))
			if !strings.Contains(string(got["protected"]), `"6.6.6.6, 198.51.100.7"`) {
				t.Errorf("the address is not appended to X-Forwarded-For: %s", got["protected"])
			}
		})
	}
}

func sample(t *testing.T, function, flavour string) any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "events", function, flavour+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, content)
}

func decode(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// alike reports members that the sample does not have, and other types.
func alike(t *testing.T, where string, got, want any) {
	t.Helper()
	object, ok := got.(map[string]any)
	sample, also := want.(map[string]any)
	switch {
	case got == nil || want == nil: // either may be absent
	case ok != also:
		t.Errorf("%s is %T, in the sample %T", where, got, want)
	case ok && !strings.HasSuffix(strings.ToLower(where), "headers") && !strings.HasSuffix(where, "authorizer"):
		for name, value := range object {
			if _, there := sample[name]; !there {
				t.Errorf("%s.%s is not in the sample", where, name)
			}
			alike(t, where+"."+name, value, sample[name])
		}
	}
}
