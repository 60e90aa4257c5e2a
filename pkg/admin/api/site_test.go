package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin/api"
	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/logged"
	"github.com/ostiary-auth/ostiary/test/ring"
)

const (
	issuer   = "https://id.example.com"
	base     = issuer + "/admin/api"
	password = "correct horse battery"
	secret   = "a-secret-of-more-than-thirty-two-bytes"
)

func TestMain(m *testing.M) { ring.Main(m) }

// site is a provider with its Admin API, a program that may do everything there, and
// people: ada administers, bob does not.
type site struct {
	testing.TB
	state    *watched
	parts    issue.Parts
	api      http.Handler
	tokens   http.Handler
	log      *logged.Buffer
	ada, bob identity.User
	token    string // of a program that holds every scope
}

func open(t testing.TB, settings ...string) *site {
	t.Helper()
	folder := ring.Copy(t)
	environment := map[string]string{"ISSUER": issuer, "MAIL": "ses", "MAIL_FROM": "id@example.com"}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		environment[name] = value
	}
	cfg, err := config.FromMap(environment)
	must(t, err)
	sealer, keys := folder.Keys(t, folder.Users)
	s := &site{TB: t, state: &watched{Table: folder.State}, log: &logged.Buffer{}}
	s.parts, err = issue.NewParts(cfg, folder.Users, s.state, sealer, keys)
	must(t, err)
	log := slog.New(slog.NewJSONHandler(s.log, nil))
	s.parts.RecordIn(audit.New(s.state, slog.New(slog.DiscardHandler), audit.Options{}))
	letter := func(link, _ string) (mail.Content, error) {
		return mail.Content{Subject: "s", Text: link, HTML: link}, nil
	}
	s.api = api.New(s.parts, api.Letters{Reset: letter, Invitation: letter}, log).Handler(http.NotFoundHandler())
	programs, err := endpoint.New(s.parts, log)
	must(t, err)
	s.tokens = programs.Token()
	s.ada = s.person("ada", identity.Administrators)
	s.bob = s.person("bob")
	s.register("robot", oauth.AdminScopes(), oauth.ClientCredentials)
	s.token = s.tokenOf("robot")
	return s
}

func (s *site) person(name string, groups ...string) identity.User {
	s.Helper()
	user, err := s.parts.Users.Add(s.Context(), identity.NewUser{
		Username: name, Groups: groups,
		StandardClaims: oauth.StandardClaims{Name: name, Email: name + "@example.com"},
	})
	must(s, err)
	return user
}

// register makes a client that may have tokens for the Admin API.
func (s *site) register(id string, scope oauth.Scope, grants ...oauth.GrantType) {
	s.Helper()
	_, _, err := s.parts.Clients.Add(s.Context(), identity.Registration{ID: id, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: grants, Scope: scope, Audience: []string{base},
	}})
	must(s, err)
}

// tokenOf gets an access token for the Admin API; more are parameters as name=value.
func (s *site) tokenOf(client string, more ...string) string {
	s.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {base}}
	for _, parameter := range more {
		name, value, _ := strings.Cut(parameter, "=")
		form.Set(name, value)
	}
	r := httptest.NewRequest("POST", issuer+"/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(client, secret)
	w := httptest.NewRecorder()
	s.tokens.ServeHTTP(w, r)
	var answer issue.TokenResponse
	must(s, json.Unmarshal(w.Body.Bytes(), &answer))
	if answer.AccessToken == "" {
		s.Fatalf("no token for %s: %s", client, w.Body)
	}
	return answer.AccessToken
}

// personal gets a token by which the client acts for a person.
func (s *site) personal(client, username string) string {
	s.Helper()
	user, err := s.parts.Users.ByUsername(s.Context(), username)
	must(s, err)
	must(s, s.parts.Users.SetPassword(s.Context(), user.ID, password))
	return s.tokenOf(client, "grant_type=password", "username="+username, "password="+password)
}

// answer is what the API answered, read.
type answer struct {
	*http.Response
	text string
	json map[string]any
}

func (a answer) items() []any { items, _ := a.json["items"].([]any); return items }

// request makes a request; headers are as Name: value.
func (s *site) request(token, method, path, body string, headers ...string) *http.Request {
	s.Helper()
	r := httptest.NewRequest(method, base+path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		if method == http.MethodPatch {
			r.Header.Set("Content-Type", "application/merge-patch+json")
		}
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	return r
}

// send sends a request that may break the description, and holds the answer to it.
func (s *site) send(r *http.Request) answer {
	s.Helper()
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	a := answer{Response: w.Result(), text: w.Body.String()}
	if strings.Contains(a.Header.Get("Content-Type"), "json") {
		must(s, json.Unmarshal(w.Body.Bytes(), &a.json))
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		s.Errorf("%s %s may be stored: %v", r.Method, r.URL, a.Header)
	}
	describedAnswer(s, r, a)
	return a
}

// call sends a request that is as described, and wants this status.
func (s *site) call(status int, token, method, path, body string, headers ...string) answer {
	s.Helper()
	r := s.request(token, method, path, body, headers...)
	describedRequest(s, r, body)
	a := s.send(r)
	if a.StatusCode != status {
		s.Errorf("%s %s: got %d %s, want %d", method, path, a.StatusCode, a.text, status)
	}
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var zeroClaims issue.ClaimsRequest

// session signs somebody in, in a browser, and returns the sid.
func (s *site) session(user identity.User) string {
	s.Helper()
	signedIn, _, err := s.parts.Sessions.Begin(s.Context(), user, identity.Authentication{Time: time.Now(), AMR: []string{"pwd"}}, nil)
	must(s, err)
	return signedIn.ID
}

// watched is a table that remembers what was written.
type watched struct {
	store.Table
	written logged.Buffer
	broken  atomic.Bool // takes no events
}

func (w *watched) Write(ctx context.Context, changes ...store.Change) error {
	for _, c := range changes {
		_, _ = w.written.Write(c.Value)
		if w.broken.Load() && strings.HasPrefix(c.Key.Partition, "time#") {
			return store.ErrUnavailable
		}
	}
	return w.Table.Write(ctx, changes...)
}
