package endpoint_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/ring"
)

func TestO17TwoAuthorizationHeaders(t *testing.T) {
	s := open(t)
	for _, second := range []string{basic(secretID, secret), basic(secretID, "another"), "Authorization: Bearer x"} {
		a := s.call("POST", "/token", "grant_type=client_credentials", basic(secretID, secret), second)
		s.wants(a, 401, oauth.InvalidClient)
	}
}

// countingReader is a body without an end.
type countingReader struct{ read int }

func (r *countingReader) Read(p []byte) (int, error) {
	if r.read > 10<<20 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'a'
	}
	r.read += len(p)
	return len(p), nil
}

func TestO53ABodyIsReadNoFurtherThanItMayBeLong(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/token", "/introspect", "/revoke", "/userinfo"} {
		body := &countingReader{}
		r := httptest.NewRequestWithContext(t.Context(), "POST", issuer+path, body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || body.read > 2*oauth.MaxFormBytes {
			t.Errorf("%s: %d, after %d bytes", path, w.Code, body.read)
		}
	}
}

func TestAnswersAreNotSniffed(t *testing.T) {
	s := open(t)
	for _, a := range []answer{
		s.signIn(), s.call("GET", "/userinfo", ""), s.post("/introspect", "token=x", apiID, secret),
		s.call("GET", "/jwks.json", ""), s.call("GET", "/.well-known/openid-configuration", ""),
	} {
		if a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be taken for something else", a)
		}
	}
}

func TestO33WhatAPreflightAllows(t *testing.T) {
	s := open(t)
	a := s.call("OPTIONS", "/token", "", "Origin: https://app.example.com", "Access-Control-Request-Method: POST")
	for name, want := range map[string]string{
		"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Authorization, Content-Type",
	} {
		if got := a.Header.Get(name); got != want || a.StatusCode != http.StatusNoContent {
			t.Errorf("%s is %q, status %d", name, got, a.StatusCode)
		}
	}
	if a := s.call("OPTIONS", "/introspect", "", "Origin: https://app.example.com"); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("introspection from a browser: %s", a)
	}
	other := s.call("OPTIONS", "/token", "", "Origin: https://evil.example.com", "Access-Control-Request-Method: POST")
	for name := range other.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("a stranger's script is told %s", name)
		}
	}
}

func TestDiscoveryOffersNoIntrospectionToPublicClients(t *testing.T) {
	s := open(t)
	metadata := s.call("GET", "/.well-known/openid-configuration", "")
	methods, _ := metadata.json["introspection_endpoint_auth_methods_supported"].([]any)
	if len(methods) == 0 || slices.Contains(methods, any("none")) {
		t.Errorf("got %v", methods)
	}
}

func TestJ39AWithdrawnKeyIsPublishedNoLonger(t *testing.T) {
	s := open(t)
	before := s.call("GET", "/jwks.json", "")
	_, err := s.ring.RotateNow(t.Context(), keys.Withdrawing, oauth.ES256)
	must(t, err)
	after := s.call("GET", "/jwks.json", "", "If-None-Match: "+before.Header.Get("ETag"))
	if after.StatusCode != 200 || string(after.body) == string(before.body) || after.Header.Get("ETag") == before.Header.Get("ETag") {
		t.Errorf("got %d with the keys of before", after.StatusCode)
	}
	if len(after.body) != len(before.body) {
		t.Logf("the two documents differ in length, so this test shows less than it should")
	}
}

func TestLogsClipWhatAStrangerCallsHimself(t *testing.T) {
	s := open(t)
	s.post("/token", "grant_type=client_credentials&client_secret=x&client_id="+strings.Repeat("x", 60_000))
	if n := len(s.logged.String()); n == 0 || n > 2000 {
		t.Errorf("one request made %d bytes of log", n)
	}
}

// failing is a table that can be taken away.
type failing struct {
	store.Table
	away *atomic.Bool
}

func (f failing) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if f.away.Load() {
		return store.Record{}, store.ErrUnavailable
	}
	return f.Table.Get(ctx, key)
}

// openOn opens a site on tables with something around them.
func openOn(t *testing.T, around func(store.Table) store.Table) *site {
	t.Helper()
	folder := ring.Copy(t)
	return build(t, folder, around(folder.Users), around(folder.State))
}

func TestF08AnOutageSaysWhenToComeAgain(t *testing.T) {
	var away atomic.Bool
	s := openOn(t, func(table store.Table) store.Table { return failing{table, &away} })
	token := s.signIn("&scope=openid")
	access, refresh := token.text("access_token"), url.QueryEscape(token.text("refresh_token"))
	away.Store(true)
	for name, a := range map[string]answer{
		"token":         s.post("/token", "grant_type=client_credentials", secretID, secret),
		"refresh":       s.refresh(token.text("refresh_token")),
		"userinfo":      s.call("GET", "/userinfo", "", "Authorization: Bearer "+access),
		"introspection": s.post("/introspect", "token="+access, apiID, secret),
		"revocation":    s.post("/revoke", "client_id="+publicID+"&token="+refresh),
	} {
		s.wants(a, 503, oauth.TemporarilyUnavailable)
		if a.Header.Get("Retry-After") == "" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Retry-After %q, Cache-Control %q", name, a.Header.Get("Retry-After"), a.Header.Get("Cache-Control"))
		}
	}
	away.Store(false)
	if a := s.refresh(token.text("refresh_token")); a.StatusCode != 200 {
		t.Errorf("after the outage: %s", a)
	}
}

func TestF08AnOutageOfTheKeySetIsNotStored(t *testing.T) {
	var away atomic.Bool
	s := openOn(t, func(table store.Table) store.Table { return failing{table, &away} })
	away.Store(true) // before anybody asked for the keys
	a := s.call("GET", "/jwks.json", "")
	s.wants(a, 503, oauth.TemporarilyUnavailable)
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control is %q", a.Header.Get("Cache-Control"))
	}
}

func TestResources(t *testing.T) {
	s := open(t)
	s.register(identity.Registration{ID: "named", Secret: secret, ClientMetadata: oauth.ClientMetadata{Resource: []string{"unrelated"}}})
	s.register(identity.Registration{ID: "caller", Secret: secret, ClientMetadata: oauth.ClientMetadata{Audience: []string{"named"}}})
	if a := s.post("/token", "grant_type=client_credentials&resource="+url.QueryEscape(issuer), "caller", secret); a.StatusCode != 200 {
		t.Errorf("the default, asked for by name: %s", a)
	}
	token := s.post("/token", "grant_type=client_credentials&resource=named", "caller", secret).text("access_token")
	if a := s.post("/introspect", "token="+token, "named", secret); a.json["active"] != true {
		t.Errorf("an API that is known by its client_id: %s", a)
	}
	if a := s.post("/introspect", "token="+token, apiID, secret); a.json["active"] != false {
		t.Errorf("another API: %s", a)
	}
}
