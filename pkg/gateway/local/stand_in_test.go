package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
)

// function is an Invoker made of a func.
type function func(ctx context.Context, payload []byte) ([]byte, error)

func (f function) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

// echo answers with what it finds in its request.
var echo = gateway.Handler{HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{
		"path": r.URL.Path, "form": r.FormValue("a"), "address": r.RemoteAddr, "cookie": r.Header.Get("Cookie"),
		"authorizer": gateway.AuthorizerContext(r),
	})
})}

const stage = "arn:aws:execute-api:us-east-1:123456789012:localdemo/live/"

func allow(resource, more string) string {
	return `{"principalId":"alice","policyDocument":{"Version":"2012-10-17","Statement":[
		{"Action":["execute-api:Invoke"],"Effect":"Allow","Resource":["` + resource + `"]}` + more + `]},"context":{"sub":"alice","n":3}}`
}

// demo is a REST API of two routes behind an authorizer that answers as told. The
// returned counter counts its invocations.
func demo(t *testing.T, answer function) (http.Handler, *int) {
	t.Helper()
	asked := 0
	apis := local.Deployed()[1:]
	apis[0].Routes = append(apis[0].Routes, local.Route{
		Method: "ANY", Path: "/pets/{id}", Function: "protected", Authorizer: "authorizer",
	})
	h, err := local.New(apis, map[string]local.Invoker{
		"protected": echo,
		"authorizer": function(func(ctx context.Context, payload []byte) ([]byte, error) {
			asked++
			return answer(ctx, payload)
		}),
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return h, &asked
}

func says(text string) function {
	return func(context.Context, []byte) ([]byte, error) { return []byte(text), nil }
}

func fails(text string) function {
	return func(context.Context, []byte) ([]byte, error) { return nil, errors.New(text) }
}

func get(h http.Handler, path, authorization string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRESTRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		authorizer          function
		path, authorization string
		status              int
		challenge, body     string
		asked               int
	}{
		"allowed":                 {says(allow(stage+"*", "")), "/protected", "Bearer x", 200, "", `"sub":"alice"`, 1},
		"values are strings":      {says(allow(stage+"*", "")), "/protected", "Bearer x", 200, "", `"n":"3"`, 1},
		"no identity source":      {says(allow(stage+"*", "")), "/protected", "", 401, "Bearer", `"error":"invalid_token"`, 0},
		"Unauthorized":            {fails("Unauthorized"), "/protected", "Bearer x", 401, "Bearer", `"error":"invalid_token"`, 1},
		"other error":             {fails("unauthorized"), "/protected", "Bearer x", 500, "", `Internal server error`, 1},
		"panic":                   {func(context.Context, []byte) ([]byte, error) { panic(1) }, "/protected", "Bearer x", 500, "", "", 1},
		"no JSON":                 {says(`yes`), "/protected", "Bearer x", 500, "", "", 1},
		"no policy":               {says(`{"isAuthorized":true}`), "/protected", "Bearer x", 500, "", "", 1},
		"nothing allowed":         {says(`{"principalId":"a","policyDocument":{}}`), "/protected", "Bearer x", 403, "", "", 1},
		"another route allowed":   {says(allow(stage+"GET/pets/*", "")), "/protected", "Bearer x", 403, "", "", 1},
		"another stage allowed":   {says(allow(strings.Replace(stage, "live", "dev", 1)+"*", "")), "/protected", "Bearer x", 403, "", "", 1},
		"another method allowed":  {says(allow(stage+"POST/protected", "")), "/protected", "Bearer x", 403, "", "", 1},
		"question mark":           {says(allow(stage+"GET/protecte?", "")), "/protected", "Bearer x", 200, "", "", 1},
		"explicit deny":           {says(allow(stage+"*", `,{"Action":"*","Effect":"Deny","Resource":"*/GET/protected"}`)), "/protected", "Bearer x", 403, "", "", 1},
		"nested context":          {says(strings.Replace(allow(stage+"*", ""), `"n":3`, `"n":[3]`, 1)), "/protected", "Bearer x", 500, "", "", 1},
		"no such route":           {says(""), "/elsewhere", "Bearer x", 404, "", "Not Found", 0},
		"challenge in the answer": {says(strings.Replace(allow("none", ""), `"n":3`, `"challenge":"Bearer error=\"insufficient_scope\"","error":"insufficient_scope"`, 1)), "/protected", "Bearer x", 403, `Bearer error="insufficient_scope"`, `{"error":"insufficient_scope"`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			h, asked := demo(t, c.authorizer)
			got := get(h, c.path, c.authorization)
			if got.Code != c.status || got.Header().Get("WWW-Authenticate") != c.challenge || *asked != c.asked ||
				!strings.Contains(got.Body.String(), c.body) {
				t.Errorf("got %d, challenge %q, asked %d times: %s", got.Code, got.Header().Get("WWW-Authenticate"), *asked, got.Body)
			}
			if !json.Valid(got.Body.Bytes()) {
				t.Errorf("the body is no JSON: %s", got.Body)
			}
		})
	}
}

// GATEWAY §2.5, 1 and 5: the cache's key is the identity and nothing else.
func TestF01ResultsAreCachedByIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, asked := demo(t, says(allow(stage+"GET/protected", "")))
		for i, step := range []struct {
			path, authorization string
			wait                time.Duration
			status, asked       int
		}{
			{"/protected", "Bearer x", 0, 200, 1},
			{"/protected", "Bearer x", 0, 200, 1},
			{"/pets/1", "Bearer x", 0, 403, 1}, // a narrow policy fails on the second route
			{"/protected", "Bearer y", 0, 200, 2},
			{"/protected", "Bearer x", 10 * time.Second, 200, 3}, // the TTL has passed
		} {
			time.Sleep(step.wait)
			if got := get(h, step.path, step.authorization); got.Code != step.status || *asked != step.asked {
				t.Errorf("step %d: got %d after %d questions, want %d after %d", i, got.Code, *asked, step.status, step.asked)
			}
		}
	})
}

// What one API has allowed says nothing of another, whose authorizer may have the
// same name.
func TestF01EachAPIHasResultsOfItsOwn(t *testing.T) {
	api := local.Deployed()[1]
	other := api
	other.Name = "other"
	other.Routes = []local.Route{{Method: "GET", Path: "/other", Function: "protected", Authorizer: "authorizer"}}
	other.Authorizers = slices.Clone(api.Authorizers)
	other.Authorizers[0].Function = "strict"
	h, err := local.New([]local.API{api, other}, map[string]local.Invoker{
		"protected": echo, "authorizer": says(allow("*", "")), "strict": fails("Unauthorized"),
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		path   string
		status int
	}{{"/protected", 200}, {"/other", 401}, {"/protected", 200}} {
		if got := get(h, step.path, "Bearer x"); got.Code != step.status {
			t.Errorf("%s: got %d %s, want %d", step.path, got.Code, got.Body, step.status)
		}
	}
}

func TestRefusalsByErrorAreNotCached(t *testing.T) {
	h, asked := demo(t, fails("Unauthorized"))
	get(h, "/protected", "Bearer x")
	get(h, "/protected", "Bearer x")
	if *asked != 2 {
		t.Errorf("asked %d times, want 2", *asked)
	}
}

func TestLimits(t *testing.T) {
	h, _ := demo(t, says(allow(stage+"*", "")))
	if got := get(h, "/protected", "Bearer "+strings.Repeat("x", 10_240)); got.Code != 431 {
		t.Errorf("10 kB of headers: got %d", got.Code)
	}
	if got := get(h, "/protected", "Bearer "+strings.Repeat("x", 9_000)); got.Code != 200 {
		t.Errorf("9 kB of headers: got %d", got.Code)
	}
	for name, body := range map[string]string{"7 MB of body": strings.Repeat("x", 7<<20), "5 MB that escape to 30": strings.Repeat("\x00", 5<<20)} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/pets/1", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer x")
		if h.ServeHTTP(w, r); w.Code != 413 {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
}

// A body that ends too soon, or never comes, is the sender's fault, and not too large.
func TestABodyThatCannotBeReadIsABadRequest(t *testing.T) {
	h, _ := demo(t, says(allow(stage+"*", "")))
	for name, fault := range map[string]error{
		"cut short": io.ErrUnexpectedEOF, "stalled": os.ErrDeadlineExceeded, "no chunks": errors.New("invalid byte in chunk length"),
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/pets/1", io.MultiReader(strings.NewReader("a=b"), iotest.ErrReader(fault)))
		r.Header.Set("Authorization", "Bearer x")
		if h.ServeHTTP(w, r); w.Code != 400 {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
}

func TestSlowFunctionsTimeOut(t *testing.T) {
	slow := function(func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	for kind, want := range map[local.Kind]struct {
		after  time.Duration
		status int
	}{
		local.REST: {29 * time.Second, 504},
		local.HTTP: {30 * time.Second, 503},
	} {
		synctest.Test(t, func(t *testing.T) {
			h, err := local.New([]local.API{{
				Name: "x", Kind: kind, Stage: "live", Routes: []local.Route{{Method: "GET", Path: "/", Function: "slow"}},
			}}, map[string]local.Invoker{"slow": slow}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if got := get(h, "/", ""); got.Code != want.status || time.Since(start) != want.after {
				t.Errorf("%s: got %d after %v", kind, got.Code, time.Since(start))
			}
		})
	}
}

// HTTP APIs: refusals without a challenge, values with their types.
func TestHTTPAPIAuthorizers(t *testing.T) {
	simple := local.Authorizer{
		Name: "a", Function: "authorizer", Type: "REQUEST", Format: "2.0", Simple: true,
		IdentitySource: []string{"Authorization", "$routeKey"}, TTL: 10,
	}
	iam := simple
	iam.Simple = false
	old := iam
	old.Format = "1.0"
	arn := strings.Replace(stage, "localdemo/live", "localx/$default", 1)
	for name, c := range map[string]struct {
		authorizer local.Authorizer
		answer     function
		status     int
		body       string
	}{
		"simple yes":   {simple, says(`{"isAuthorized":true,"context":{"n":3}}`), 200, `"authorizer":{"n":3}`},
		"simple no":    {simple, says(`{"isAuthorized":false}`), 403, `{"message":"Forbidden"}`},
		"simple maybe": {simple, says(`{"context":{}}`), 500, ""},
		"policy":       {iam, says(allow(arn+"*", "")), 200, `"n":3`},
		"policy 1.0":   {old, says(allow(arn+"*", "")), 200, `"n":3`},
		"Unauthorized": {simple, fails("Unauthorized"), 401, `{"message":"Unauthorized"}`},
		"other error":  {simple, fails("down"), 500, ""},
	} {
		h, err := local.New([]local.API{{
			Name: "x", Kind: local.HTTP, Stage: "$default", Authorizers: []local.Authorizer{c.authorizer},
			Routes: []local.Route{{Method: "GET", Path: "/x/{y}", Function: "f", Authorizer: "a"}},
		}}, map[string]local.Invoker{"f": echo, "authorizer": c.answer}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		got := get(h, "/x/1", "Bearer x")
		if got.Code != c.status || !strings.Contains(got.Body.String(), c.body) || got.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("%s: got %d %s", name, got.Code, got.Body)
		}
	}
}

func TestFunctionAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer     string
		rest, http int
	}{
		"proxy form":     {`{"statusCode":201,"body":"x"}`, 201, 201},
		"no status":      {`{"hello":1}`, 502, 200},
		"status of text": {`{"statusCode":"201"}`, 502, 200},
		"no JSON":        {`hello`, 502, 500},
		"status 99":      {`{"statusCode":99}`, 502, 500},
		"broken base64":  {`{"statusCode":200,"body":"!","isBase64Encoded":true}`, 502, 500},
		"over 6 MB":      {fmt.Sprintf(`{"statusCode":200,"body":%q}`, strings.Repeat("x", 6<<20)), 502, 500},
	} {
		for kind, want := range map[local.Kind]int{local.REST: c.rest, local.HTTP: c.http} {
			h, err := local.New([]local.API{{
				Name: "x", Kind: kind, Stage: "live", Routes: []local.Route{{Method: "GET", Path: "/", Function: "f"}},
			}}, map[string]local.Invoker{"f": says(c.answer)}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if got := get(h, "/", ""); got.Code != want {
				t.Errorf("%s, %s: got %d, want %d", name, kind, got.Code, want)
			}
		}
	}
}
