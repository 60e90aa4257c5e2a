package inbound_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestForm(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		target, contentType, body string
		good                      bool
	}{
		"a form":               {"/token", form, "a=b", true},
		"with a charset":       {"/token", form + "; charset=UTF-8", "a=b", true},
		"empty":                {"/token", form, "", true},
		"as long as may be":    {"/token", form, strings.Repeat("a", oauth.MaxFormBytes), true},
		"longer":               {"/token", form, strings.Repeat("a", oauth.MaxFormBytes+1), false},
		"a query beside it":    {"/token?c=d", form, "a=b", false},
		"a query in its place": {"/token?c=d", form, "", false},
		"another content type": {"/token", "application/json", "{}", false},
		"no content type":      {"/token", "", "a=b", false},
	} {
		r := httptest.NewRequest("POST", c.target, strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.contentType)
		got, err := inbound.Form(httptest.NewRecorder(), r)
		if c.good && (err != nil || got != c.body) {
			t.Errorf("%s: got %d bytes, %v", name, len(got), err)
		}
		if !c.good && (!oauth.InvalidRequest.In(err) || got != "") {
			t.Errorf("%s: got %d bytes, %v", name, len(got), err)
		}
	}
}

func TestABodyThatCannotBeReadIsABadRequest(t *testing.T) {
	r := httptest.NewRequest("POST", "/token", io.MultiReader(strings.NewReader("a=b"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := inbound.Form(httptest.NewRecorder(), r)
	if !oauth.InvalidRequest.In(err) || oauth.AsError(err).Description != "the body could not be read" || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestO32AddressIsTheConnections(t *testing.T) {
	for remote, want := range map[string]string{"192.0.2.1:4711": "192.0.2.1", "[2001:db8::1]:4711": "2001:db8::1", "192.0.2.1": "192.0.2.1"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", "198.51.100.7")
		r.Header.Set("Forwarded", "for=198.51.100.7")
		if got := inbound.Address(r); got != want {
			t.Errorf("%s: got %s, want %s", remote, got, want)
		}
	}
}

// TestO04NobodyIsRedirected: whatever is sent, and however its path is written.
func TestO04NobodyIsRedirected(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/token", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/tree/{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/named/{name}", func(http.ResponseWriter, *http.Request) {})
	for path, want := range map[string]int{
		"/token": 200, "/tree/": 200, "/": 404, "//": 404, "/token/": 404, "/tree//": 404, "//token": 404,
		"/./token": 404, "/token/.": 404, "/x/../token": 404, "/..": 404, "/tree/x/..": 404, "/%2e%2e/token": 404, "/x/%2e%2e/token": 404,
		"/%2ftoken": 404, "/named/https:%2F%2Fapp.example.com": 200, "/named/..%2Ftoken": 200, "/named/x/../y": 404, "/named//y": 404,
	} {
		for _, method := range []string{"GET", "POST"} {
			w := httptest.NewRecorder()
			inbound.Exact(mux).ServeHTTP(w, httptest.NewRequest(method, "https://id.example.com"+path, nil))
			if w.Code != want || w.Header().Get("Location") != "" {
				t.Errorf("%s %s: got %d to %q, want %d", method, path, w.Code, w.Header().Get("Location"), want)
			}
		}
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/token", nil)
	r.URL.Path = "token"
	if inbound.Exact(mux).ServeHTTP(w, r); w.Code != 404 {
		t.Errorf("a path without a slash: got %d", w.Code)
	}
}

func TestBearer(t *testing.T) {
	for name, c := range map[string]struct {
		headers []string
		want    string
		good    bool
	}{
		"a token":                 {[]string{"Bearer abc"}, "abc", true},
		"the scheme in any case":  {[]string{"bEARER abc"}, "abc", true},
		"more blanks":             {[]string{"Bearer  abc "}, "abc", true},
		"no header":               {nil, "", true},
		"another scheme":          {[]string{"Basic YTpi"}, "", true},
		"a scheme that begins so": {[]string{"Bearers abc"}, "", true},
		"no token":                {[]string{"Bearer"}, "", true},
		"two headers":             {[]string{"Bearer abc", "Bearer abc"}, "", false},
	} {
		r := httptest.NewRequest("GET", "/userinfo", nil)
		r.Header["Authorization"] = c.headers
		got, err := inbound.Bearer(r)
		if got != c.want || c.good != (err == nil) || !c.good && !oauth.InvalidRequest.In(err) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
