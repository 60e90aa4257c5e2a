package flows

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
	"github.com/ostiary-auth/ostiary/test/faults"
)

const (
	issuer   = "https://id.example.com"
	password = "correct horse battery"
	clientID = "server"
	secret   = "a-secret-of-more-than-thirty-two-bytes"
)

// A world is what lasts: tables with alice, her client and the signing keys.
type world struct {
	server       *dynamodb.Server
	users, state string
	sealer       *keys.Sealer
	cfg          config.Config
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server := dynamodb.Start(t)
	// An attempt that was reserved when DynamoDB went away stays taken, so that no
	// outage lends anybody free guesses.
	cfg, err := config.FromMap(map[string]string{
		"ISSUER": issuer, "LOCKOUT_ATTEMPTS": "100", "LOCKOUT_ADDRESS_ATTEMPTS": "100000",
	})
	must(t, err)
	w := &world{server: server, users: server.Table(t), state: server.Table(t), cfg: cfg}
	client := server.Client()
	users, state := dynamo.New(client, w.users), dynamo.New(client, w.state)
	wrapper, err := keys.OpenKeyFile(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	w.sealer, err = keys.OpenSealer(t.Context(), users, wrapper)
	must(t, err)
	_, err = keys.OpenRing(users, w.sealer, keys.PolicyFrom(cfg)).Rotate(t.Context())
	must(t, err)
	_, err = identity.NewUsers(users, state, identity.Lockout{Attempts: 10, AddressAttempts: 100, Window: time.Minute}).
		Add(t.Context(), identity.NewUser{Username: "alice", Password: password})
	must(t, err)
	_, _, err = identity.NewClients(users, w.sealer).Add(t.Context(), identity.Registration{
		ID: clientID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
			GrantTypes:     []oauth.GrantType{oauth.AuthorizationCode, oauth.Password, oauth.RefreshToken, oauth.ClientCredentials},
			Scope:          oauth.Scope{"openid", "offline_access", "read"},
			RedirectURIs:   []string{callback},
			LogoutMetadata: oauth.LogoutMetadata{BackchannelLogoutURI: "https://app.example.com/signed-out"},
		},
	})
	must(t, err)
	return w
}

// A site is a provider that has just started, under a plan.
type site struct {
	handler  http.Handler
	people   *identity.Users
	sessions *identity.Sessions
	issuer   *issue.Issuer
	ring     *keys.Ring
	outbox   *outbox.Outbox
}

func (w *world) open(t *testing.T, plan *faults.Plan) *site {
	t.Helper()
	// The product's client, but for the waiting between its attempts.
	client := sdk.New(dynamo.NewClient(plan.Attach(w.server.Config())).Options(), func(o *sdk.Options) {
		o.Retryer = retry.NewStandard(func(so *retry.StandardOptions) { so.MaxBackoff = time.Millisecond })
	})
	users, state := dynamo.New(client, w.users), dynamo.New(client, w.state)
	ring := keys.OpenRing(users, w.sealer, keys.PolicyFrom(w.cfg))
	parts, err := issue.NewParts(w.cfg, users, state, w.sealer, ring)
	must(t, err)
	provider, err := endpoint.New(parts, slog.New(slog.NewTextHandler(io.Discard, nil)))
	must(t, err)
	mux := http.NewServeMux()
	mux.Handle("/", provider.Token())
	mux.Handle("/userinfo", provider.Userinfo())
	return &site{
		handler: mux, people: parts.Users, sessions: parts.Sessions, outbox: outbox.Open(state), issuer: parts.Issuer,
		ring: ring,
	}
}

func (s *site) signIn() *http.Request {
	return s.post("/token", url.Values{
		"grant_type": {"password"}, "username": {"alice"}, "password": {password}, "scope": {"openid offline_access"},
	}, true)
}

func (s *site) refresh(token string) *http.Request {
	return s.post("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, true)
}

func (s *site) revoke(token string) *http.Request {
	return s.post("/revoke", url.Values{"token": {token}}, true)
}

func (s *site) introspect(token string) *http.Request {
	return s.post("/introspect", url.Values{"token": {token}}, true)
}

func (s *site) userinfo(token string) *http.Request {
	r := s.post("/userinfo", url.Values{}, false)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// post makes a request that do can send any number of times.
func (s *site) post(path string, form url.Values, authenticated bool) *http.Request {
	r := httptest.NewRequest(http.MethodPost, issuer+path, nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if authenticated {
		r.SetBasicAuth(clientID, secret)
	}
	r.PostForm = form
	return r
}

// do sends a copy of a request, from a network that nobody has tried from: an attempt
// that an outage left taken makes the next one from there wait.
func (s *site) do(r *http.Request) answer {
	fresh := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), strings.NewReader(r.PostForm.Encode()))
	fresh.Header = r.Header.Clone()
	network := make([]byte, 16)
	_, _ = rand.Read(network) // never fails
	fresh.RemoteAddr = netip.AddrPortFrom(netip.AddrFrom16([16]byte(network)), 443).String()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, fresh)
	a := answer{Response: w.Result(), body: bytes.TrimSpace(w.Body.Bytes())}
	_ = json.Unmarshal(a.body, &a.json)
	return a
}

// succeeds demands 200.
func (s *site) succeeds(t *testing.T, r *http.Request) answer {
	t.Helper()
	a := s.do(r)
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, want 200", r.URL.Path, a)
	}
	return a
}

func (s *site) isActive(t *testing.T, token string, want bool) {
	t.Helper()
	if a := s.succeeds(t, s.introspect(token)); a.json["active"] != want {
		t.Errorf("introspection says %s, want active %v", a, want)
	}
}

type answer struct {
	*http.Response
	body []byte
	json map[string]any
}

func (a answer) text(name string) string {
	text, _ := a.json[name].(string)
	return text
}

// String is the answer as a failed test shows it.
func (a answer) String() string { return fmt.Sprintf("%d %s", a.StatusCode, a.body) }

// isUnavailable demands a 503 that says when to come back and nothing else.
func (a answer) isUnavailable(t *testing.T) {
	t.Helper()
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" ||
		a.text("error") != string(oauth.TemporarilyUnavailable) || strings.Contains(a.String(), "DynamoDB") {
		t.Errorf("got %s, Retry-After %q; want a clean 503", a, a.Header.Get("Retry-After"))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
