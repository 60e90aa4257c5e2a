package endpoint_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/hashed"
	"github.com/ostiary-auth/ostiary/test/logged"
	"github.com/ostiary-auth/ostiary/test/ring"
)

const (
	issuer      = "https://id.example.com"
	password    = "correct horse battery"
	publicID    = "app"
	secretID    = "server"
	postID      = "poster"
	otherID     = "other"
	apiID       = "api"
	apiResource = "https://api.example.com"
	secret      = "a-secret-of-more-than-thirty-two-bytes"
)

// site is a provider with one person, alice, and a client of every kind.
type site struct {
	t            testing.TB
	mux          *http.ServeMux
	users, state store.Table
	people       *identity.Users
	clients      *identity.Clients
	ring         *keys.Ring
	provider     *endpoint.Provider
	upstream     *upstream.RelyingParty
	logged       *logged.Buffer
	told         *logged.Buffer // events
	alice        identity.User
}

func TestMain(m *testing.M) { ring.Main(m) }

// open builds a site on a database of its own; settings are environment variables.
func open(t testing.TB, settings ...string) *site {
	t.Helper()
	folder := ring.Copy(t)
	return build(t, folder, folder.Users, folder.State, settings...)
}

// build makes a site on given tables.
func build(t testing.TB, folder ring.Folder, users, state store.Table, settings ...string) *site {
	t.Helper()
	environment := map[string]string{"ISSUER": issuer, "DEFAULT_CLIENT": publicID}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		environment[name] = value
	}
	cfg, err := config.FromMap(environment)
	must(t, err)
	sealer, signing := folder.Keys(t, users)
	s := &site{t: t, mux: http.NewServeMux(), users: users, state: state, ring: signing, logged: &logged.Buffer{}, told: &logged.Buffer{}}
	parts, err := issue.NewParts(cfg, users, state, sealer, signing)
	must(t, err)
	log := slog.New(slog.NewJSONHandler(s.sink(), nil))
	if _, benchmark := t.(*testing.B); !benchmark {
		parts.RecordIn(audit.New(nil, slog.New(slog.NewJSONHandler(s.told, nil)), audit.Options{}))
	}
	hook, err := endpoint.TokenHook(cfg, log, nil)
	must(t, err)
	parts.Issuer.HookTokens(hook)
	provider, err := endpoint.New(parts, log)
	must(t, err)
	s.provider, s.upstream = provider, parts.Upstream
	for _, path := range []string{"/token", "/introspect", "/revoke", "/register", "/register/"} {
		s.mux.Handle(path, provider.Token())
	}
	s.mux.Handle("/userinfo", provider.Userinfo())
	s.mux.Handle("/", provider.Discovery())
	s.clients = identity.NewClients(users, sealer)
	s.people = identity.NewUsers(users, state, identity.Lockout{
		Attempts: cfg.LockoutAttempts, AddressAttempts: cfg.LockoutAddressAttempts, Window: cfg.LockoutWindow,
	})
	s.populate()
	return s
}

// sink is where log lines go: kept for a test, formatted and dropped in a benchmark.
func (s *site) sink() io.Writer {
	if _, benchmark := s.t.(*testing.B); benchmark {
		return io.Discard
	}
	return s.logged
}

func (s *site) populate() {
	s.t.Helper()
	verified := true
	var err error
	s.alice, err = s.people.Add(s.t.Context(), identity.NewUser{
		Username: "alice", PasswordHash: hashed.Password(password),
		StandardClaims: oauth.StandardClaims{Name: "Alice Example", Email: "alice@example.com", EmailVerified: &verified},
	})
	must(s.t, err)
	scope := oauth.Scope{"openid", "profile", "email", "offline_access", "read", "write"}
	people := []oauth.GrantType{oauth.Password, oauth.RefreshToken}
	all := []oauth.GrantType{oauth.Password, oauth.RefreshToken, oauth.ClientCredentials}
	s.register(identity.Registration{ID: publicID, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: people, Scope: scope,
		AllowedCORSOrigins: []string{"https://app.example.com"},
	}})
	s.register(identity.Registration{ID: otherID, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: people, Scope: scope,
	}})
	s.register(identity.Registration{ID: secretID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.ClientSecretBasic, GrantTypes: all, Scope: scope, Audience: []string{apiResource},
	}})
	s.register(identity.Registration{ID: postID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.ClientSecretPost, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, Scope: scope,
	}})
	s.register(identity.Registration{ID: apiID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.ClientSecretBasic, GrantTypes: []oauth.GrantType{oauth.ClientCredentials},
		Resource: []string{apiResource},
	}})
}

func (s *site) register(r identity.Registration) oauth.Client {
	s.t.Helper()
	client, _, err := s.clients.Add(s.t.Context(), r)
	must(s.t, err)
	return client
}

// answer is a response, read.
type answer struct {
	*http.Response
	body []byte
	json map[string]any
}

func (a answer) text(name string) string {
	text, _ := a.json[name].(string)
	return text
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.StatusCode, a.body) }

// call sends one request. headers are "Name: value".
func (s *site) call(method, path, body string, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, issuer+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Content-Type" {
			r.Header.Del(name)
		}
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r)
	a := answer{Response: w.Result(), body: w.Body.Bytes(), json: map[string]any{}}
	_ = json.Unmarshal(a.body, &a.json)
	return a
}

// post sends a form to a door; id and secret, if any, go into HTTP Basic.
func (s *site) post(path, form string, idSecret ...string) answer {
	s.t.Helper()
	if len(idSecret) == 2 {
		return s.call("POST", path, form, basic(idSecret[0], idSecret[1]))
	}
	return s.call("POST", path, form)
}

func basic(id, secret string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	return "Authorization: " + r.Header.Get("Authorization")
}

// signIn gets alice's tokens for the public client.
func (s *site) signIn(extra ...string) answer {
	s.t.Helper()
	return s.post("/token", "grant_type=password&client_id="+publicID+"&username=alice&password="+url.QueryEscape(password)+strings.Join(extra, ""))
}

func (s *site) refresh(token string, extra ...string) answer {
	s.t.Helper()
	return s.post("/token", "grant_type=refresh_token&client_id="+publicID+"&refresh_token="+url.QueryEscape(token)+strings.Join(extra, ""))
}

func (s *site) wants(a answer, status int, code oauth.Code) {
	s.t.Helper()
	if a.StatusCode != status || a.text("error") != string(code) {
		s.t.Errorf("got %s, want %d %s", a, status, code)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
