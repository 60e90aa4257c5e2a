package template_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
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
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
)

// guarded is a table that refuses, as IAM would, what a function's role does not allow.
type guarded struct {
	store.Table
	t        testing.TB
	function string
	on       string
}

func (g guarded) may(action, partition string) error {
	for _, p := range allowed()[g.function] {
		if p.Action == "dynamodb:"+action && p.On == g.on && (p.Only == "" || leads(p.Only, partition)) {
			return nil
		}
	}
	g.t.Errorf("%s may not %s at %s of %s", g.function, action, partition, g.on)
	return fmt.Errorf("access denied: %s", action)
}

// leads reports whether a condition on leading keys holds for the partition.
func leads(only, partition string) bool {
	_, patterns, _ := strings.Cut(strings.TrimSuffix(only, "]"), "[")
	return slices.ContainsFunc(strings.Fields(patterns), func(pattern string) bool {
		prefix, open := strings.CutSuffix(pattern, "*")
		return partition == pattern || open && strings.HasPrefix(partition, prefix)
	})
}

func (g guarded) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if err := g.may("GetItem", key.Partition); err != nil {
		return store.Record{}, err
	}
	return g.Table.Get(ctx, key)
}

func (g guarded) List(ctx context.Context, partition, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	if err := g.may("Query", partition); err != nil {
		return nil, store.Page{}, err
	}
	return g.Table.List(ctx, partition, prefix, page)
}

func (g guarded) Write(ctx context.Context, changes ...store.Change) error {
	actions := map[store.Op]string{store.OpPut: "PutItem", store.OpDelete: "DeleteItem", store.OpCheck: "ConditionCheckItem"}
	for _, c := range changes {
		if err := g.may(actions[c.Op], c.Key.Partition); err != nil {
			return err
		}
	}
	return g.Table.Write(ctx, changes...)
}

func (g guarded) Count(ctx context.Context, key store.Key, delta int, limit store.Limit) (int, error) {
	if err := g.may("UpdateItem", key.Partition); err != nil {
		return 0, err
	}
	return g.Table.Count(ctx, key, delta, limit)
}

// doors are those of each function, on tables that its role guards.
type doors struct {
	t            testing.TB
	users, state store.Table
	events       store.Table
	sealer       *keys.Sealer
	cfg          config.Config
}

const (
	doorsOrigin = "https://app.example.com"
	doorsSecret = "a-secret-of-more-than-thirty-two-bytes"
	doorsPerson = "four score and seven"
)

func openDoors(t testing.TB) *doors {
	t.Helper()
	folder := t.TempDir()
	db, err := bolt.Open(filepath.Join(folder, "db"))
	check(t, err)
	t.Cleanup(func() { _ = db.Close() })
	d := &doors{t: t, users: db.Table("user"), state: db.Table("state"), events: db.Table("audit")}
	d.cfg, err = config.FromMap(map[string]string{"ISSUER": "https://id.example.com", "REGISTRATION": "open"})
	check(t, err)
	wrapper, err := keys.OpenKeyFile(filepath.Join(folder, "key"))
	check(t, err)
	d.sealer, err = keys.OpenSealer(t.Context(), d.users, wrapper)
	check(t, err)
	_, err = keys.OpenRing(d.users, d.sealer, keys.PolicyFrom(d.cfg)).Rotate(t.Context())
	check(t, err)
	_, err = identity.NewUsers(d.users, d.state, identity.Lockout{}).Add(t.Context(), identity.NewUser{Username: "alice", Password: doorsPerson})
	check(t, err)
	_, _, err = identity.NewClients(d.users, d.sealer).Add(t.Context(), identity.Registration{
		ID: "app", Secret: doorsSecret, ClientMetadata: oauth.ClientMetadata{
			GrantTypes: []oauth.GrantType{oauth.Password, oauth.RefreshToken, oauth.ClientCredentials},
			Scope:      oauth.Scope{"openid", "email", "offline_access", "read"}, AllowedCORSOrigins: []string{doorsOrigin},
		},
	})
	check(t, err)
	return d
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// as returns the doors as the function opens them.
func (d *doors) as(function string) *endpoint.Provider {
	d.t.Helper()
	users, state := guarded{d.users, d.t, function, "UserTable"}, guarded{d.state, d.t, function, "StateTable"}
	parts, err := issue.NewParts(d.cfg, users, state, d.sealer, keys.OpenRing(users, d.sealer, keys.PolicyFrom(d.cfg)))
	check(d.t, err)
	parts.RecordIn(d.trail(function))
	provider, err := endpoint.New(parts, slog.New(slog.NewTextHandler(io.Discard, nil)))
	check(d.t, err)
	return provider
}

// trail is where the function records what happens. An event that its role does not let
// it keep fails the test.
func (d *doors) trail(function string) *audit.Trail {
	return audit.New(guarded{d.events, d.t, function, "AuditTable"}, slog.New(slog.DiscardHandler), audit.Options{})
}

// call sends a script's request from the registered origin.
func (d *doors) call(h http.Handler, method, path string, form url.Values, authorization string) map[string]any {
	d.t.Helper()
	r := httptest.NewRequest(method, d.cfg.Issuer+path, strings.NewReader(form.Encode()))
	r.Header.Set("Origin", doorsOrigin)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	switch authorization {
	case "app":
		r.SetBasicAuth("app", doorsSecret)
	case "":
	default:
		r.Header.Set("Authorization", authorization)
	}
	return d.send(h, r)
}

func (d *doors) send(h http.Handler, r *http.Request) map[string]any {
	d.t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code >= http.StatusInternalServerError || w.Code == http.StatusNotFound || w.Code == http.StatusMethodNotAllowed {
		d.t.Errorf("%s %s: got %d %s", r.Method, r.URL.Path, w.Code, w.Body)
	}
	var answer map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	return answer
}

func (d *doors) signIn(token http.Handler, password string) map[string]any {
	d.t.Helper()
	return d.call(token, "POST", "/token", url.Values{"grant_type": {"password"}, "username": {"alice"}, "password": {password}}, "app")
}

// TestTheRolesAllowWhatTheDoorsDo has programs use every door, from a browser's script,
// with each function's tables guarded by its role.
func TestTheRolesAllowWhatTheDoorsDo(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	token, userinfo, discovery := d.as("token").Token(), d.as("userinfo").Userinfo(), d.as("discovery").Discovery()
	tokens := d.signIn(token, doorsPerson)
	access, refresh := fmt.Sprint(tokens["access_token"]), fmt.Sprint(tokens["refresh_token"])
	if tokens["id_token"] == nil {
		t.Fatalf("got %v", tokens)
	}
	d.call(token, "OPTIONS", "/token", nil, "")
	d.call(userinfo, "OPTIONS", "/userinfo", nil, "")
	if about := d.call(userinfo, "GET", "/userinfo", nil, "Bearer "+access); about["sub"] == nil {
		t.Errorf("userinfo: got %v", about)
	}
	d.call(token, "POST", "/introspect", url.Values{"token": {access}}, "app")
	d.call(token, "POST", "/introspect", url.Values{"token": {refresh}}, "app")
	d.call(token, "POST", "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}, "app")
	d.call(token, "POST", "/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}}, "app")
	d.call(token, "POST", "/revoke", url.Values{"token": {access}}, "app")
	d.call(token, "POST", "/revoke", url.Values{"token": {refresh}}, "app")
	for _, path := range []string{"/jwks.json", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		d.call(discovery, "GET", path, nil, "")
	}
	for _, path := range []string{"/status", "/status/0"} {
		d.call(d.as("status").Status(), "GET", path, nil, "")
	}
}

// TestTheRolesAllowWhatAnAttackMakesTheDoorsDo counts, delays and locks.
func TestTheRolesAllowWhatAnAttackMakesTheDoorsDo(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	token := d.as("token").Token()
	for range 4 {
		d.signIn(token, "not the password")
	}
	for range 12 {
		d.call(token, "POST", "/token", url.Values{"grant_type": {"client_credentials"}}, "Basic YXBwOndyb25nLXNlY3JldA==")
	}
}

// TestTheRolesAllowWhatRegistrationDoes has a stranger register a client with all that
// it may say of itself, change it, and leave.
func TestTheRolesAllowWhatRegistrationDoes(t *testing.T) {
	t.Parallel()
	d := openDoors(t)
	token := d.as("token").Token()
	metadata := map[string]any{
		"redirect_uris": []string{"https://new.example.com/callback"}, "subject_type": "pairwise",
		"post_logout_redirect_uris": []string{"https://new.example.com/"},
	}
	made := d.json(token, "POST", "/register", metadata, "")
	if made["client_id"] == nil {
		t.Fatalf("got %v", made)
	}
	path := "/register/" + fmt.Sprint(made["client_id"])
	bearer := "Bearer " + fmt.Sprint(made["registration_access_token"])
	d.json(token, "GET", path, nil, bearer)
	metadata["client_id"], metadata["client_name"] = made["client_id"], "New"
	if changed := d.json(token, "PUT", path, metadata, bearer); changed["client_name"] != "New" {
		t.Errorf("got %v", changed)
	}
	d.json(token, "DELETE", path, nil, bearer)
}

func (d *doors) json(h http.Handler, method, path string, body any, authorization string) map[string]any {
	d.t.Helper()
	encoded, err := json.Marshal(body)
	check(d.t, err)
	r := httptest.NewRequest(method, d.cfg.Issuer+path, bytes.NewReader(encoded))
	r.Header.Set("Origin", doorsOrigin)
	r.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return d.send(h, r)
}
