package issue_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/ring"
)

const (
	issuer   = "https://id.example.com"
	callback = "https://app.example.com/callback"
	verifier = "a-code-verifier-of-43-to-128-characters.~_0"
	secret   = oauth.Secret("a-secret-of-more-than-thirty-two-bytes")

	webID    = "web"    // confidential, asks for consent
	spaID    = "spa"    // public, first-party
	nativeID = "native" // public, with a private scheme and a loopback address
	oldID    = "old"    // confidential, without PKCE
)

// site is an issuer with two persons and clients of every kind.
type site struct {
	t            testing.TB
	cfg          config.Config
	users, state store.Table
	people       *identity.Users
	clients      *identity.Clients
	sessions     *identity.Sessions
	issuer       *issue.Issuer
	ring         *keys.Ring
	sealer       *keys.Sealer
	alice, bob   identity.User
}

func TestMain(m *testing.M) { ring.Main(m) }

// open builds a site on a database of its own. around, if given, stands between
// the issuer and its state table.
func open(t testing.TB, around ...func(store.Table) store.Table) *site {
	t.Helper()
	folder := ring.Copy(t)
	for _, wrap := range around {
		folder.State = wrap(folder.State)
	}
	return build(t, folder)
}

func build(t testing.TB, folder ring.Folder) *site {
	t.Helper()
	s := &site{t: t, users: folder.Users, state: folder.State}
	cfg, err := config.FromMap(map[string]string{"ISSUER": issuer, "REFRESH_GRACE": "60s"})
	must(t, err)
	s.cfg = cfg
	sealer, signing := folder.Keys(t, s.users)
	s.ring, s.sealer = signing, sealer
	s.clients = identity.NewClients(s.users, sealer)
	s.people = identity.NewUsers(s.users, s.state, identity.Lockout{Attempts: 10, AddressAttempts: 100, Window: time.Minute})
	s.sessions = identity.NewSessions(s.state, s.people, identity.SessionLimits{Idle: 24 * time.Hour, Absolute: 720 * time.Hour})
	s.issuer = issue.New(cfg, s.users, s.state, s.people, s.clients, s.sessions, sealer, signing)
	s.populate()
	return s
}

func (s *site) populate() {
	s.t.Helper()
	verified := true
	var err error
	s.alice, err = s.people.Add(s.t.Context(), identity.NewUser{Username: "alice", StandardClaims: oauth.StandardClaims{
		Name: "Alice Example", Email: "alice@example.com", EmailVerified: &verified,
	}})
	must(s.t, err)
	s.bob, err = s.people.Add(s.t.Context(), identity.NewUser{Username: "bob"})
	must(s.t, err)
	scope := oauth.Scope{"openid", "profile", "email", "offline_access", "read"}
	grants := []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken}
	s.register(identity.Registration{ID: webID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: grants, Scope: scope, RedirectURIs: []string{callback, "https://app.example.com/other?a=b"},
		Audience: []string{"https://api.example.com"},
	}})
	s.register(identity.Registration{ID: spaID, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: grants, Scope: scope, RedirectURIs: []string{callback},
		AuthorizationMetadata: oauth.AuthorizationMetadata{SkipConsent: true},
	}})
	s.register(identity.Registration{ID: nativeID, ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: grants, Scope: scope,
		RedirectURIs:          []string{"com.example.app:/callback", "http://127.0.0.1/callback", "http://[::1]:8080/callback?a=b", callback},
		AuthorizationMetadata: oauth.AuthorizationMetadata{ApplicationType: "native"},
	}})
	s.register(identity.Registration{ID: oldID, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: grants, Scope: oauth.Scope{"openid"}, RedirectURIs: []string{callback},
		IDTokenSignedResponseAlg: oauth.HS256,
		AuthorizationMetadata:    oauth.AuthorizationMetadata{WithoutPKCE: true, SkipConsent: true},
	}})
}

func (s *site) register(r identity.Registration) {
	s.t.Helper()
	_, _, err := s.clients.Add(s.t.Context(), r)
	must(s.t, err)
}

// request builds the parameters of a good request by the client, changed by
// "name=value" (unescaped); "name=" leaves one out.
func (s *site) request(clientID string, changes ...string) oauth.Params {
	s.t.Helper()
	digest := sha256.Sum256([]byte(verifier))
	values := url.Values{
		"client_id": {clientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"a state"}, "nonce": {"a nonce"}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])},
	}
	return s.params(values, changes...)
}

func (s *site) params(values url.Values, changes ...string) oauth.Params {
	s.t.Helper()
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		values.Set(name, value)
	}
	p, err := oauth.ParseParams(values.Encode())
	must(s.t, err)
	return p
}

func (s *site) parse(clientID string, changes ...string) (issue.AuthorizationRequest, oauth.Client, error) {
	s.t.Helper()
	return s.issuer.ParseAuthorizationRequest(s.t.Context(), s.request(clientID, changes...))
}

// ask is parse of a request that must be good.
func (s *site) ask(clientID string, changes ...string) (issue.AuthorizationRequest, oauth.Client) {
	s.t.Helper()
	req, client, err := s.parse(clientID, changes...)
	must(s.t, err)
	return req, client
}

// signIn begins a session.
func (s *site) signIn(user identity.User) identity.SignedIn {
	s.t.Helper()
	signedIn, _, err := s.sessions.Begin(s.t.Context(), user, identity.Authentication{
		Time: time.Now(), AMR: []string{oauth.AMRPassword}, ACR: oauth.ACRPassword,
	}, nil)
	must(s.t, err)
	return signedIn
}

// authorize gets a code for somebody who agrees to all.
func (s *site) authorize(signedIn identity.SignedIn, clientID string, changes ...string) string {
	s.t.Helper()
	req, client := s.ask(clientID, changes...)
	must(s.t, s.issuer.GrantConsent(s.t.Context(), signedIn.User.ID, client.ID, req.Scope, req.Claims))
	response, err := s.issuer.Authorize(s.t.Context(), req, client, signedIn)
	must(s.t, err)
	return response.Params.Get("code")
}

// code gets alice a code in a new session.
func (s *site) code(clientID string, changes ...string) string {
	s.t.Helper()
	return s.authorize(s.signIn(s.alice), clientID, changes...)
}

// redeem presents a code at the token endpoint.
func (s *site) redeem(clientID, code string, changes ...string) (issue.TokenResponse, error) {
	values := url.Values{"code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	return s.grant(oauth.AuthorizationCode, clientID, s.params(values, changes...))
}

func (s *site) refresh(clientID, token string) (issue.TokenResponse, error) {
	return s.grant(oauth.RefreshToken, clientID, s.params(url.Values{"refresh_token": {token}}))
}

func (s *site) grant(kind oauth.GrantType, clientID string, p oauth.Params) (issue.TokenResponse, error) {
	client, err := s.clients.Get(s.t.Context(), clientID)
	if err != nil {
		return issue.TokenResponse{}, err
	}
	approval, err := s.issuer.Grants()[kind].Approve(s.t.Context(), issue.Request{Client: client, Params: p})
	s.namesNobody(err)
	if err != nil {
		return issue.TokenResponse{}, err
	}
	tokens, err := s.issuer.Mint(s.t.Context(), approval)
	s.namesNobody(err)
	return tokens, err
}

// tokens redeems a code that must be good.
func (s *site) tokens(clientID, code string, changes ...string) issue.TokenResponse {
	s.t.Helper()
	tokens, err := s.redeem(clientID, code, changes...)
	must(s.t, err)
	return tokens
}

// works reports whether the access token opens userinfo.
func (s *site) works(t issue.TokenResponse) bool {
	s.t.Helper()
	_, err := s.userinfo(t.AccessToken)
	s.namesNobody(err)
	if err != nil && code(err) != oauth.InvalidToken {
		s.t.Errorf("userinfo: %v", err)
	}
	return err == nil
}

// namesNobody holds that an error, which goes into the log, names no person.
func (s *site) namesNobody(err error) {
	s.t.Helper()
	if err != nil && (strings.Contains(err.Error(), s.alice.ID) || strings.Contains(err.Error(), s.bob.ID)) {
		s.t.Errorf("the log would name the person: %v", err)
	}
}

func claimsOf(t testing.TB, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(payload, &claims))
	return claims
}

// code is the error's code, "" for nil and for what no stranger may see.
func code(err error) oauth.Code {
	var expected *oauth.Error
	if errors.As(err, &expected) {
		return expected.Code
	}
	return ""
}

func wants(t testing.TB, err error, want oauth.Code) {
	t.Helper()
	if err == nil || code(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// machine is a client that acts for itself, though it has a redirect URI.
func machine() identity.Registration {
	return identity.Registration{ID: "machine", Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, Scope: oauth.Scope{"openid"}, RedirectURIs: []string{callback},
	}}
}

func (s *site) userinfo(accessToken string) (map[string]json.RawMessage, error) {
	response, _, err := s.issuer.Userinfo(s.t.Context(), accessToken)
	return response.Claims, err
}
