// Package interop_test has other people's clients, unmodified, sign a person in with
// the program itself: discovery, code with PKCE, the checks of the id_token, userinfo,
// refresh and logout.
//
// A client is a program in its own language. It first hears, in a line of JSON, who
// it is. From then on it speaks, a line each:
//
//	did STEP        a step is done
//	visit URL       have the person go there; the answer is where the provider sent them
//	publish JSON    put it at the client's jwks_uri
//	logout_token    the answer is what the provider posted to the client's back channel
//
// It ends with status 0 when all is as it must be.
package interop_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/test/person"
	"github.com/ostiary-auth/ostiary/test/serving"
)

const (
	username = "alice"
	password = "correct horse battery staple"
	fullName = "Alice Example"
	email    = "alice@example.com"
)

// steps are what every client has to do.
var steps = []string{"discovery", "code", "id_token", "userinfo", "refresh", "logout", "signed out"}

func TestOtherPeoplesClients(t *testing.T) {
	server := serving.Start(t, []string{"REGISTRATION=token"}, "--tls-self-signed")
	server.AddUser(t, username, password, map[string]any{"name": fullName, "email": email, "email_verified": true})
	certificate, transport := server.Certificate(t), server.Transport(t)
	for name, c := range map[string]struct {
		program  func(t *testing.T) *exec.Cmd
		metadata map[string]any // nil: it registers itself
		more     []string       // steps
	}{
		"go-oidc": {goProgram, map[string]any{"token_endpoint_auth_method": "client_secret_basic"}, []string{"back-channel logout"}},
		"zitadel": {goProgram, map[string]any{"token_endpoint_auth_method": "client_secret_post"}, []string{"revocation"}},
		"openid-client": {nodeProgram, map[string]any{
			"token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "ES256",
		}, nil},
		"oauth4webapi": {nodeProgram, map[string]any{
			"token_endpoint_auth_method": "none", "id_token_signed_response_alg": "PS256",
		}, []string{"revocation"}},
		"openid-client-registers": {nodeProgram, nil, []string{"registration", "introspection", "deletion"}},
		"authlib_client":          {pythonProgram, map[string]any{"token_endpoint_auth_method": "client_secret_post"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alice, err := person.New(server.Issuer, username, password, transport)
			check(t, err)
			application := newApplication(t)
			run := &conversation{person: alice, application: application}
			run.self = application.register(t, server, c.metadata)
			command := c.program(t)
			// Where Go, Node, OpenSSL and requests look for whom to trust.
			command.Env = append(command.Environ(), "SSL_CERT_FILE="+certificate, "NODE_EXTRA_CA_CERTS="+certificate, "REQUESTS_CA_BUNDLE="+certificate)
			did := run.with(t, command)
			for _, step := range append(slices.Clone(steps), c.more...) {
				if !slices.Contains(did, step) {
					t.Errorf("%s was not done, only %q", step, did)
				}
			}
		})
	}
}

// application is the client's own site: nobody goes there but the provider, to its
// back channel.
type application struct {
	*httptest.Server
	logoutTokens chan string
	keys         atomic.Pointer[string] // what it publishes at /jwks.json
}

func newApplication(t *testing.T) *application {
	t.Helper()
	a := &application{logoutTokens: make(chan string, 10)}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if keys := a.keys.Load(); r.URL.Path == "/jwks.json" && keys != nil {
			_, _ = io.WriteString(w, *keys)
		}
		if r.URL.Path == "/back-channel" && r.Method == http.MethodPost {
			a.logoutTokens <- r.PostFormValue("logout_token")
		}
	}))
	t.Cleanup(a.Close)
	return a
}

// self is what a client knows about itself, and whom to expect.
type self struct {
	serving.Client
	Issuer                string `json:"issuer"`
	RedirectURI           string `json:"redirect_uri"`
	PostLogoutRedirectURI string `json:"post_logout_redirect_uri"`
	JWKSURI               string `json:"jwks_uri"`
	RegistrationToken     string `json:"registration_token,omitempty"` // of a client that registers itself
	Alg                   any    `json:"alg,omitempty"`
	Name                  string `json:"name"`
	Email                 string `json:"email"`
}

func (a *application) register(t *testing.T, server *serving.Server, metadata map[string]any) self {
	t.Helper()
	s := self{
		Issuer: server.Issuer, RedirectURI: a.URL + "/callback", PostLogoutRedirectURI: a.URL + "/goodbye",
		JWKSURI: a.URL + "/jwks.json", Alg: metadata["id_token_signed_response_alg"], Name: fullName, Email: email,
	}
	if metadata == nil {
		check(t, json.Unmarshal(server.Run(t, nil, "client", "registration-token"), &s))
		return s
	}
	all := map[string]any{
		"client_name":                         t.Name(),
		"grant_types":                         []string{"authorization_code", "refresh_token"},
		"scope":                               "openid profile email offline_access",
		"redirect_uris":                       []string{s.RedirectURI},
		"post_logout_redirect_uris":           []string{s.PostLogoutRedirectURI},
		"backchannel_logout_uri":              a.URL + "/back-channel",
		"backchannel_logout_session_required": true,
	}
	for name, value := range metadata {
		all[name] = value
	}
	s.Client = server.AddClient(t, all)
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
