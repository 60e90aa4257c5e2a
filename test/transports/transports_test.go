// Package transports_test tells one story over each transport: net/http, the events
// of an HTTP API, those of a REST API. test/runtime tells it to the built functions.
package transports_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/pages"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
	"github.com/ostiary-auth/ostiary/test/codeflow"
)

const (
	username = "alice"
	password = "correct horse battery staple"
)

func TestCodeFlow(t *testing.T) {
	for name, transport := range map[string]func(t *testing.T, functions map[string]http.Handler) http.Handler{
		"net/http": plain,
		"HTTP API": func(t *testing.T, functions map[string]http.Handler) http.Handler {
			return events(t, functions, local.HTTP)
		},
		"REST API": func(t *testing.T, functions map[string]http.Handler) http.Handler {
			return events(t, functions, local.REST)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(nil)
			issuer := "http://" + server.Listener.Addr().String()
			server.Config.Handler = transport(t, provider(t, issuer))
			server.Start()
			t.Cleanup(server.Close)
			codeflow.Run(t, issuer, username, password)
		})
	}
}

// deployed is the provider's API as it is deployed, whatever its kind.
func deployed() local.API { return local.Deployed()[0] }

// plain serves the doors as they are, a route of the table each.
func plain(_ *testing.T, functions map[string]http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, route := range deployed().Routes {
		if function := functions[route.Function]; function != nil {
			method := strings.TrimPrefix(route.Method, "ANY")
			mux.Handle(strings.TrimSpace(method+" "+exact(route.Path)), function)
		}
	}
	return mux
}

// exact is a route's path as ServeMux writes it: there, a slash at the end stands for
// all that is below.
func exact(path string) string {
	switch path[len(path)-1] {
	case '/':
		return path + "{$}"
	case '}':
		return path[:len(path)-2] + "...}"
	}
	return path
}

// events serves the doors through events of an API of this kind.
func events(t *testing.T, functions map[string]http.Handler, kind local.Kind) http.Handler {
	t.Helper()
	invokers := map[string]local.Invoker{}
	for name, handler := range functions {
		invokers[name] = gateway.Handler{HTTP: handler, Log: slog.New(slog.DiscardHandler)}
	}
	api := deployed()
	if api.Kind = kind; kind == local.REST {
		api.Stage = "live"
	}
	for _, route := range api.Routes { // what the story does not need is not there
		if invokers[route.Function] == nil {
			invokers[route.Function] = gateway.Handler{HTTP: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)}
		}
	}
	stand, err := local.New([]local.API{api}, invokers, slog.New(slog.DiscardHandler))
	check(t, err)
	return stand
}

// provider is the functions of a provider with one person and the story's client.
func provider(t *testing.T, issuer string) map[string]http.Handler {
	t.Helper()
	cfg, err := config.Default(issuer)
	check(t, err)
	folder := t.TempDir()
	db, err := bolt.Open(filepath.Join(folder, "db"))
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	users, state := db.Table("user"), db.Table("state")
	wrapper, err := keys.OpenKeyFile(filepath.Join(folder, "key"))
	check(t, err)
	sealer, err := keys.OpenSealer(t.Context(), users, wrapper)
	check(t, err)
	ring := keys.OpenRing(users, sealer, keys.PolicyFrom(cfg))
	_, err = ring.Rotate(t.Context())
	check(t, err)
	parts, err := issue.NewParts(cfg, users, state, sealer, ring)
	check(t, err)
	_, err = parts.Users.Add(t.Context(), identity.NewUser{
		Username: username, Password: password, StandardClaims: oauth.StandardClaims{Name: "Alice Example"},
	})
	check(t, err)
	_, _, err = parts.Clients.Add(t.Context(), codeflow.Registration())
	check(t, err)
	log := slog.New(slog.DiscardHandler)
	programs, err := endpoint.New(parts, log)
	check(t, err)
	people, err := pages.New(parts, log)
	check(t, err)
	return map[string]http.Handler{
		"authorize": people.Handler(), "token": programs.Token(), "userinfo": programs.Userinfo(), "discovery": programs.Discovery(),
		"status": programs.Status(),
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
