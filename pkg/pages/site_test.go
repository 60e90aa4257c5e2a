package pages_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/pages"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/hashed"
	"github.com/ostiary-auth/ostiary/test/ring"
)

const (
	issuer   = "https://id.example.com"
	password = "correct horse battery"
	callback = "https://app.example.com/cb"
	verifier = "a-verifier-of-at-least-forty-three-characters-it-is"
)

// site is a provider with two people, alice and bob, and some clients: app, which
// asks for consent, and first, which need not.
type site struct {
	t        testing.TB
	cfg      config.Config
	issuer   *issue.Issuer
	handler  http.Handler
	state    *meeting
	users    store.Table
	people   *identity.Users
	factors  *factor.Factors
	clients  *identity.Clients
	logged   *bytes.Buffer
	doors    *pages.Pages
	tray     *mail.Tray // where mail lands
	drain    func(context.Context) (outbox.Report, error)
	upstream *upstream.RelyingParty
}

// meeting is a table at which requests that try a password can be made to meet.
type meeting struct {
	store.Table
	wait func()
}

func (m *meeting) Count(ctx context.Context, key store.Key, delta int, limit store.Limit) (int, error) {
	if m.wait != nil {
		m.wait()
	}
	return m.Table.Count(ctx, key, delta, limit)
}

func TestMain(m *testing.M) { ring.Main(m) }

// open builds a site on a database of its own; settings are environment variables.
func open(t testing.TB, settings ...string) *site {
	t.Helper()
	folder := ring.Copy(t)
	environment := map[string]string{"ISSUER": issuer, "LOCKOUT_ATTEMPTS": "3"}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		environment[name] = value
	}
	cfg, err := config.FromMap(environment)
	must(t, err)
	users, state := folder.Users, &meeting{Table: folder.State}
	sealer, signing := folder.Keys(t, users)
	s := &site{t: t, state: state, users: users, logged: &bytes.Buffer{}}
	log := slog.New(slog.NewJSONHandler(s.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	parts, err := issue.NewParts(cfg, users, state, sealer, signing)
	must(t, err)
	// Other providers are on this machine, and the issuer is not.
	parts.Upstream = upstream.New(cfg.Issuer, parts.Users, users, state, sealer, signing, fetch.New(fetch.Options{AllowLoopback: true}))
	s.cfg, s.issuer, s.upstream = cfg, parts.Issuer, parts.Upstream
	doors, err := pages.New(parts, log)
	must(t, err)
	programs, err := endpoint.New(parts, log)
	must(t, err)
	s.factors = parts.Factors
	s.doors, s.tray = doors, mail.NewTray()
	s.drain = programs.WithMail(s.tray.Lay).Deliver
	people, account, token, administration := doors.Handler(), doors.Account(), programs.Token(), doors.Admin()
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			token.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/admin") {
			administration.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/account") || strings.HasPrefix(r.URL.Path, "/.well-known/") {
			account.ServeHTTP(w, r)
			return
		}
		people.ServeHTTP(w, r)
	})
	s.clients = identity.NewClients(users, sealer)
	s.people = identity.NewUsers(users, state, identity.Lockout{})
	s.populate()
	return s
}

func (s *site) populate() {
	s.t.Helper()
	for _, name := range []string{"alice", "bob"} {
		_, err := s.people.Add(s.t.Context(), identity.NewUser{
			Username: name, PasswordHash: hashed.Password(password), StandardClaims: oauth.StandardClaims{Name: strings.ToUpper(name[:1]) + name[1:] + " Example"},
		})
		must(s.t, err)
	}
	s.register("app", func(m *oauth.ClientMetadata) { m.ClientName = "Holiday Photos" })
	s.register("first", func(m *oauth.ClientMetadata) { m.SkipConsent = true })
}

// register adds a public client.
func (s *site) register(id string, change func(*oauth.ClientMetadata)) {
	s.t.Helper()
	m := oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken},
		RedirectURIs: []string{callback}, Scope: oauth.Scope{"openid", "profile", "email", "offline_access", "photos:read"},
	}
	change(&m)
	_, _, err := s.clients.Add(s.t.Context(), identity.Registration{ID: id, ClientMetadata: m})
	must(s.t, err)
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	*site
	jar    *cookiejar.Jar
	header http.Header
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &browser{s, jar, http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

// page is an answer that a browser got.
type page struct {
	t testing.TB
	*http.Response
	body string
}

func (b *browser) get(target string) page {
	b.t.Helper()
	return b.send(http.MethodGet, target, nil)
}

func (b *browser) post(target string, form url.Values) page {
	b.t.Helper()
	return b.send(http.MethodPost, target, form)
}

func (b *browser) send(method, target string, form url.Values) page {
	b.t.Helper()
	target = strings.TrimPrefix(target, issuer)
	r := httptest.NewRequest(method, issuer+target, strings.NewReader(form.Encode()))
	for name, values := range b.header {
		r.Header[name] = values
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, cookie := range b.jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	response := w.Result()
	b.jar.SetCookies(r.URL, response.Cookies())
	return page{b.t, response, w.Body.String()}
}

// submit sends the page's form with its hidden fields and these.
func (b *browser) submit(p page, fields ...string) page {
	b.t.Helper()
	action := regexp.MustCompile(`<form [^>]*action="([^"]*)"`).FindStringSubmatch(p.body)
	if action == nil {
		b.t.Fatalf("no form in %d %s", p.StatusCode, p.body)
	}
	form := url.Values{}
	for _, field := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(p.body, -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.post(html.UnescapeString(action[1]), form)
}

// follow goes where the answer redirects to, within the site.
func (b *browser) follow(p page) page {
	b.t.Helper()
	for p.StatusCode == http.StatusSeeOther && strings.HasPrefix(p.location(), "/") {
		p = b.get(p.location())
	}
	return p
}

func (p page) location() string { return p.Header.Get("Location") }

// code returns the parameters of a response that redirects to the client.
func (p page) answer() url.Values {
	p.t.Helper()
	u, err := url.Parse(p.location())
	if err != nil || p.StatusCode != http.StatusSeeOther || !strings.HasPrefix(p.location(), "https://app.example.com/") {
		p.t.Fatalf("got %d %s %s, want a redirect to the client", p.StatusCode, p.location(), p.body)
	}
	return u.Query()
}

func (p page) shows(t testing.TB, id string) {
	t.Helper()
	if !strings.Contains(p.body, `id="`+id+`"`) {
		t.Fatalf("got %d %s %s, want a page with %s", p.StatusCode, p.location(), p.body, id)
	}
}

// request is the path of an authorization request.
func request(client string, parameters ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {client}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile"},
		"state": {"a state"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
		if parameters[i+1] == "" {
			query.Del(parameters[i])
		}
	}
	return "/authorize?" + query.Encode()
}

// signIn answers a request of the first-party client as alice, or whoever.
func (b *browser) signIn(username string) page {
	b.t.Helper()
	p := b.follow(b.get(request("first", "prompt", "login")))
	return b.submit(p, "username", username, "password", password)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
