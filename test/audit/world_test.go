// Package audit_test answers "is everything written down?": flows through the doors and
// rules, with the events that each leaves, and the catalogue held against the code.
package audit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
	"github.com/ostiary-auth/ostiary/test/hashed"
	"github.com/ostiary-auth/ostiary/test/ring"
)

func TestMain(m *testing.M) { ring.Main(m) }

const (
	issuer   = "https://id.example.com"
	callback = "https://app.example.com/callback"
	password = oauth.Secret("four score and seven")
	secret   = oauth.Secret("a-secret-of-more-than-thirty-two-bytes")
	verifier = "a-code-verifier-of-43-to-128-characters.~_0"
	address  = "192.0.2.1"
	browser  = "Browser/1 (a test)"
)

// world is a provider that records, with alice and a client.
type world struct {
	t      testing.TB
	parts  issue.Parts
	door   http.Handler
	users  store.Table
	state  *outrun
	events store.Table
	seen   map[string]bool // events, by ID
	alice  identity.User
	keys   *identity.APIKeys
}

func open(t testing.TB, settings map[string]string) *world {
	t.Helper()
	folder := ring.Copy(t)
	db, err := bolt.Open(filepath.Join(t.TempDir(), "audit"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	environment := map[string]string{"ISSUER": issuer, "REFRESH_GRACE": "0s", "REGISTRATION": "token"}
	for name, value := range settings {
		environment[name] = value
	}
	cfg, err := config.FromMap(environment)
	must(t, err)
	sealer, signing := folder.Keys(t, folder.Users)
	w := &world{t: t, users: folder.Users, state: &outrun{Table: folder.State}, events: db.Table("audit"), seen: map[string]bool{}}
	w.parts, err = issue.NewParts(cfg, folder.Users, w.state, sealer, signing)
	must(t, err)
	trail := audit.New(w.events, slog.New(slog.DiscardHandler), audit.Options{Retention: cfg.AuditRetention})
	w.parts.RecordIn(trail)
	w.keys = identity.NewAPIKeys(folder.Users, folder.State)
	w.keys.RecordIn(trail)
	provider, err := endpoint.New(w.parts, slog.New(slog.DiscardHandler))
	must(t, err)
	w.door = provider.Token()
	w.populate()
	w.recorded()
	return w
}

func (w *world) populate() {
	w.t.Helper()
	var err error
	w.alice, err = w.parts.Users.Add(w.t.Context(), identity.NewUser{
		ID: "alice-1", Username: "alice", PasswordHash: hashed.Password(string(password)), StandardClaims: oauth.StandardClaims{Email: "alice@example.com"},
	})
	must(w.t, err)
	_, _, err = w.parts.Clients.Add(w.t.Context(), identity.Registration{ID: "app", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes:   []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken, oauth.Password, oauth.ClientCredentials},
		Scope:        oauth.Scope{"openid", "offline_access", "read"},
		RedirectURIs: []string{callback},
	}})
	must(w.t, err)
}

// recorded returns the events since it was called last, each as a line: kind outcome
// actor sub client. They are sorted, for no time passes in a test.
func (w *world) recorded() (lines []string) {
	w.t.Helper()
	for e, err := range w.parts.Trail.Oldest(w.t.Context(), audit.Cursor{}, time.Now().Add(time.Minute)) {
		must(w.t, err)
		if w.seen[e.ID] {
			continue
		}
		w.seen[e.ID] = true
		actor := string(e.Actor.Type)
		if e.Actor.ID != "" {
			actor += ":" + e.Actor.ID
		}
		parts := []string{string(e.Kind), string(e.Outcome), actor, e.Subject, e.Client}
		for i := range parts {
			if parts[i] == "" {
				parts[i] = "-"
			}
		}
		lines = append(lines, strings.Join(parts, " "))
	}
	slices.Sort(lines)
	return lines
}

// post sends a form to a door for programs, as the client.
func (w *world) post(path string, form url.Values) map[string]any {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, issuer+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", browser)
	r.RemoteAddr = address + ":1234"
	r.SetBasicAuth("app", string(secret))
	return w.send(r)
}

func (w *world) send(r *http.Request) (answer map[string]any) {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	w.door.ServeHTTP(recorder, r)
	if recorder.Code >= http.StatusInternalServerError {
		w.t.Fatalf("%s %s: got %d %s", r.Method, r.URL.Path, recorder.Code, recorder.Body)
	}
	_ = json.Unmarshal(recorder.Body.Bytes(), &answer)
	return answer
}

func (w *world) signIn(username, password string) map[string]any {
	w.t.Helper()
	return w.post("/token", url.Values{"grant_type": {"password"}, "username": {username}, "password": {password}, "scope": {"openid offline_access"}})
}

// begin begins a session of alice's.
func (w *world) begin() identity.SignedIn {
	w.t.Helper()
	signedIn, _, err := w.parts.Sessions.Begin(w.t.Context(), w.alice, identity.Authentication{
		Time: time.Now(), AMR: []string{oauth.AMRPassword}, ACR: oauth.ACRPassword, Address: address, UserAgent: browser,
	}, nil)
	must(w.t, err)
	return signedIn
}

// code has alice agree, in a session, and gets the client a code.
func (w *world) code(signedIn identity.SignedIn) string {
	w.t.Helper()
	digest := sha256.Sum256([]byte(verifier))
	params, err := oauth.ParseParams(url.Values{
		"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid offline_access"}, "prompt": {"consent"},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])},
	}.Encode())
	must(w.t, err)
	req, client, err := w.parts.Issuer.ParseAuthorizationRequest(w.t.Context(), params)
	must(w.t, err)
	must(w.t, w.parts.Issuer.GrantConsent(w.t.Context(), w.alice.ID, "app", req.Scope, req.Claims))
	response, err := w.parts.Issuer.Authorize(w.t.Context(), req, client, signedIn)
	must(w.t, err)
	return response.Params.Get("code")
}

func (w *world) redeem(code string) map[string]any {
	w.t.Helper()
	return w.post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}})
}

func (w *world) refresh(token any) map[string]any {
	w.t.Helper()
	text, _ := token.(string)
	return w.post("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {text}})
}

// letter writes the link down.
func letter(link *string) issue.Letter {
	return func(to, _ string) (mail.Content, error) {
		if to != "" {
			*link = to
		}
		return mail.Content{Subject: "A link", Text: "text", HTML: "text"}, nil
	}
}

// handle is what a link carries.
func handle(t testing.TB, link string) oauth.Secret {
	t.Helper()
	u, err := url.Parse(link)
	must(t, err)
	return oauth.Secret(u.Query().Get("link"))
}

// everything is the bytes of every event in the table.
func (w *world) everything() string {
	w.t.Helper()
	var all bytes.Buffer
	for e, err := range w.parts.Trail.Oldest(context.WithoutCancel(w.t.Context()), audit.Cursor{}, time.Now().Add(time.Minute)) {
		must(w.t, err)
		must(w.t, json.NewEncoder(&all).Encode(e))
	}
	return all.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func decode(t testing.TB, content []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%v: %s", err, content)
	}
}
