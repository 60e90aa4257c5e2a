package examples_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/ring"
)

func TestMain(m *testing.M) { ring.Main(m) }

const (
	password = "correct horse battery staple"
	secret   = "a-secret-of-more-than-thirty-two-bytes"

	api    = "https://api.example.com"    // signed as usual
	legacy = "https://legacy.example.com" // by a shared secret
	native = "https://native.example.com" // for authorizers that know RSA only
)

// provider is Ostiary, served on loopback, with a person, a client and three APIs.
type provider struct {
	url   string
	alice string
	ring  *keys.Ring
}

func open(t *testing.T) *provider {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	p := &provider{url: "http://" + server.Listener.Addr().String()}
	folder := ring.Copy(t)
	cfg, err := config.FromMap(map[string]string{"ISSUER": p.url, "DEFAULT_AUDIENCE": api})
	check(t, err)
	sealer, signing := folder.Keys(t, folder.Users)
	p.ring = signing
	parts, err := issue.NewParts(cfg, folder.Users, folder.State, sealer, p.ring)
	check(t, err)
	alice, err := parts.Users.Add(t.Context(), identity.NewUser{Username: "alice", Password: password})
	check(t, err)
	p.alice = alice.ID
	for id, m := range map[string]oauth.ClientMetadata{
		"app": {
			GrantTypes: []oauth.GrantType{oauth.Password}, Scope: oauth.Scope{"openid", "read"},
			Audience: []string{api, legacy, native},
		},
		"api":    {Resource: []string{api}},
		"legacy": {Resource: []string{legacy}, AccessTokenSignedResponseAlg: oauth.HS256},
		"native": {Resource: []string{native}, AccessTokenSignedResponseAlg: oauth.RS256},
	} {
		_, _, err := parts.Clients.Add(t.Context(), identity.Registration{ID: id, Secret: secret, ClientMetadata: m})
		check(t, err)
	}
	doors, err := endpoint.New(parts, slog.New(slog.DiscardHandler))
	check(t, err)
	log := slog.New(slog.DiscardHandler)
	functions := map[string]local.Invoker{}
	for _, route := range local.Deployed()[0].Routes { // of which nobody here opens those for people
		functions[route.Function] = gateway.Handler{HTTP: http.NotFoundHandler(), Log: log}
	}
	for name, door := range map[string]http.Handler{"token": doors.Token(), "discovery": doors.Discovery(), "status": doors.Status()} {
		functions[name] = gateway.Handler{HTTP: door, Log: log}
	}
	server.Config.Handler, err = local.New(local.Deployed()[:1], functions, log)
	check(t, err)
	server.Start()
	t.Cleanup(server.Close)
	return p
}

// token is what alice's client gets for an API by the password grant, as the
// tutorial's form does.
func (p *provider) token(t *testing.T, resource, scope string) string {
	t.Helper()
	form := url.Values{"grant_type": {"password"}, "username": {"alice"}, "password": {password}, "scope": {scope}, "resource": {resource}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/token", strings.NewReader(form.Encode()))
	check(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("app", url.QueryEscape(secret))
	response, err := http.DefaultClient.Do(r)
	check(t, err)
	defer response.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error_description"`
	}
	check(t, json.NewDecoder(response.Body).Decode(&answer))
	if answer.AccessToken == "" {
		t.Fatalf("no token for %s: %d %s", resource, response.StatusCode, answer.Error)
	}
	return answer.AccessToken
}

// sign makes a token as the provider would, with claims and a typ of the test's own.
func (p *provider) sign(t *testing.T, shared bool, typ string, more map[string]any) string {
	t.Helper()
	now := time.Now()
	claims := map[string]any{
		"iss": p.url, "sub": p.alice, "aud": api, "client_id": "app", "jti": "j1", "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if shared {
		claims["aud"] = legacy
	}
	for name, value := range more {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	if shared {
		token, err := keys.SignHS256([]byte(secret), typ, claims)
		check(t, err)
		return token
	}
	token, err := p.ring.Sign(t.Context(), oauth.ES256, typ, claims)
	check(t, err)
	return token
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
