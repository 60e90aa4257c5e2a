package revocation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
	"github.com/ostiary-auth/ostiary/test/hashed"
	"github.com/ostiary-auth/ostiary/test/ring"
)

const (
	issuer   = "https://id.example.com"
	audience = "https://api.example.com"
	password = "correct horse battery"
	secret   = "a-secret-of-more-than-thirty-two-bytes"
	callback = "https://app.example.com/callback"
)

// world is everything behind one gateway, in one process.
type world struct {
	t       *testing.T
	parts   issue.Parts
	gateway http.Handler
	alice   identity.User
	down    error // of the way from the gate to the lists
}

func open(t *testing.T) *world { return openFailing(t, false) }

func openFailing(t *testing.T, failOpen bool) *world {
	t.Helper()
	folder := ring.Copy(t)
	cfg, err := config.FromMap(map[string]string{
		"ISSUER": issuer, "AUDIENCE": audience, "DEFAULT_AUDIENCE": audience, "LOCKOUT_ADDRESS_ATTEMPTS": "1000",
	})
	must(t, err)
	sealer, keys := folder.Keys(t, folder.Users)
	w := &world{t: t}
	w.parts, err = issue.NewParts(cfg, folder.Users, folder.State, sealer, keys)
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	provider, err := endpoint.New(w.parts, log)
	must(t, err)
	behind := func(h http.Handler) local.Invoker { return gateway.Handler{HTTP: h, Log: log} }
	functions := map[string]local.Invoker{
		"authorizer": w.guard(failOpen, log), "authorize": behind(http.NotFoundHandler()),
		"token": behind(provider.Token()), "userinfo": behind(provider.Userinfo()),
		"discovery": behind(provider.Discovery()), "status": behind(provider.Status()),
		"protected": behind(gateway.Protected(oauth.ProtectedResource{})),
	}
	for _, api := range local.Deployed() { // whatever else is deployed is no part of this
		for _, route := range api.Routes {
			if functions[route.Function] == nil {
				functions[route.Function] = behind(http.NotFoundHandler())
			}
		}
	}
	w.gateway, err = local.New(local.Deployed(), functions, log)
	must(t, err)
	w.populate()
	return w
}

// guard is the authorizer, whose way to the lists is the gateway.
func (w *world) guard(failOpen bool, log *slog.Logger) local.Invoker {
	w.t.Helper()
	lists, err := verify.NewStatusLists(verify.StatusListPolicy{
		Issuer: issuer, Keys: w.parts.Ring, Fetch: w.fetch, FailOpen: failOpen,
	})
	must(w.t, err)
	tokens, err := verify.NewAccessTokens(verify.Policy{
		Issuer: issuer, Audience: []string{audience}, Algs: []oauth.Alg{oauth.ES256}, MaxLifetime: 24 * time.Hour, Status: lists.Check,
	}, w.parts.Ring)
	must(w.t, err)
	settings, err := authorizer.SettingsFrom(w.parts.Config)
	must(w.t, err)
	guard, err := authorizer.New(settings, tokens, log)
	must(w.t, err)
	return guard
}

// fetch is what package fetch does, without a network.
func (w *world) fetch(ctx context.Context, uri, etag string) (fetch.Response, error) {
	if w.down != nil {
		return fetch.Response{}, w.down
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	r.Header.Set("If-None-Match", etag)
	r.Header.Set("Accept", "application/json, */*;q=0.5")
	answer := httptest.NewRecorder()
	w.gateway.ServeHTTP(answer, r)
	response := fetch.Response{ETag: answer.Header().Get("ETag"), MaxAge: 5 * time.Second, Body: answer.Body.Bytes()}
	if answer.Header().Get("Cache-Control") != "public, max-age=5" {
		return response, fmt.Errorf("status %d, Cache-Control %s", answer.Code, answer.Header().Get("Cache-Control"))
	}
	response.NotModified = answer.Code == http.StatusNotModified
	return response, nil
}

func (w *world) populate() {
	w.t.Helper()
	ctx := w.t.Context()
	var err error
	w.alice, err = w.parts.Users.Add(ctx, identity.NewUser{Username: "alice", PasswordHash: hashed.Password(password)})
	must(w.t, err)
	_, err = w.parts.Users.Add(ctx, identity.NewUser{Username: "bob", PasswordHash: hashed.Password(password)})
	must(w.t, err)
	scope := oauth.Scope{"openid", "offline_access", "read"}
	for id, m := range map[string]oauth.ClientMetadata{
		"app": {GrantTypes: []oauth.GrantType{oauth.Password, oauth.RefreshToken, oauth.ClientCredentials}},
		"job": {GrantTypes: []oauth.GrantType{oauth.ClientCredentials}},
		"web": {
			GrantTypes: []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken}, RedirectURIs: []string{callback},
			AuthorizationMetadata: oauth.AuthorizationMetadata{SkipConsent: true, WithoutPKCE: true},
		},
	} {
		m.Scope = scope
		_, _, err := w.parts.Clients.Add(ctx, identity.Registration{ID: id, Secret: secret, ClientMetadata: m})
		must(w.t, err)
	}
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

// post sends a form to a door as a client.
func (w *world) post(path, clientID string, form url.Values) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, issuer+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(clientID, secret)
	answer := httptest.NewRecorder()
	w.gateway.ServeHTTP(answer, r)
	return answer
}

func (w *world) tokenFor(clientID string, form url.Values) (t tokens) {
	w.t.Helper()
	answer := w.post("/token", clientID, form)
	if err := json.Unmarshal(answer.Body.Bytes(), &t); err != nil || t.Access == "" {
		w.t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return t
}

func (w *world) token(form url.Values) tokens { return w.tokenFor("app", form) }

func (w *world) signIn(username string) tokens {
	w.t.Helper()
	return w.token(url.Values{"grant_type": {"password"}, "username": {username}, "password": {password}})
}

func (w *world) machine(clientID string) string {
	w.t.Helper()
	return w.tokenFor(clientID, url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}}).Access
}

func (w *world) session() identity.SignedIn {
	w.t.Helper()
	signedIn, _, err := w.parts.Sessions.Begin(w.t.Context(), w.alice, identity.Authentication{Time: time.Now()}, nil)
	must(w.t, err)
	return signedIn
}

// tokenIn is an access token that alice gets in a session.
func (w *world) tokenIn(signedIn identity.SignedIn, scope string) string {
	w.t.Helper()
	p, err := oauth.ParseParams(url.Values{
		"client_id": {"web"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {scope}, "prompt": {"consent"},
		"nonce": {"n"},
	}.Encode())
	must(w.t, err)
	req, client, err := w.parts.Issuer.ParseAuthorizationRequest(w.t.Context(), p)
	must(w.t, err)
	response, err := w.parts.Issuer.Authorize(w.t.Context(), req, client, signedIn)
	must(w.t, err)
	return w.tokenFor("web", url.Values{
		"grant_type": {"authorization_code"}, "code": {response.Params.Get("code")}, "redirect_uri": {callback},
	}).Access
}

func (w *world) revoke(token string) error {
	if answer := w.post("/revoke", "app", url.Values{"token": {token}}); answer.Code != http.StatusOK {
		return fmt.Errorf("%d %s", answer.Code, answer.Body)
	}
	return nil
}

// active wants introspection to say so.
func (w *world) active(token string, want bool) {
	w.t.Helper()
	for _, client := range []string{"app", "web", "job"} {
		answer := w.post("/introspect", client, url.Values{"token": {token}})
		var said struct{ Active bool }
		_ = json.Unmarshal(answer.Body.Bytes(), &said)
		if said.Active {
			if !want {
				w.t.Error("introspection says that it is active")
			}
			return
		}
	}
	if want {
		w.t.Error("introspection says that it is not active")
	}
}

// call calls the API with the token and returns the status.
func (w *world) call(token string) int {
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "https://api.example.com/protected", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	answer := httptest.NewRecorder()
	w.gateway.ServeHTTP(answer, r)
	return answer.Code
}

func (w *world) wants(token string, status int) {
	w.t.Helper()
	if got := w.call(token); got != status {
		w.t.Errorf("the API answers %d, want %d", got, status)
	}
}
