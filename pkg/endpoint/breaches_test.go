package endpoint_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// leaked is a password, with the SHA-1 of it.
const (
	leaked       = oauth.Secret("crumb of moonlight")
	leakedPrefix = "94238"
	leakedRest   = "26728B4496A5DF9962736EDFCD60880988C"
)

// asking returns people whose passwords are looked up at a server, and what is logged.
func asking(t *testing.T, server http.HandlerFunc) (*identity.Users, *bytes.Buffer) {
	t.Helper()
	list := httptest.NewServer(server)
	t.Cleanup(list.Close)
	cfg, err := config.FromMap(map[string]string{
		"ISSUER": "http://localhost:8080", "PASSWORD_BREACH_CHECK": "on", "PASSWORD_BREACH_URI": list.URL + "/range/",
	})
	must(t, err)
	logged := &bytes.Buffer{}
	ask, err := endpoint.Breaches(cfg, slog.New(slog.NewJSONHandler(logged, nil)))
	must(t, err)
	s := open(t)
	people := identity.NewUsers(s.users, s.state, identity.Lockout{})
	people.CheckBreachesBy(ask)
	return people, logged
}

// TestO38TheBreachListSeesFiveDigits and nothing else of a password: not in the path, a
// header, a query or a body.
func TestO38TheBreachListSeesFiveDigits(t *testing.T) {
	var seen, padding string
	people, logged := asking(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen, padding = r.Method+" "+r.URL.String()+" "+string(body), r.Header.Get("Add-Padding")
		for _, values := range r.Header {
			for _, value := range values {
				if strings.Contains(value, string(leaked)) || strings.Contains(strings.ToUpper(value), leakedRest) {
					t.Errorf("a header holds the password: %s", value)
				}
			}
		}
		_, _ = io.WriteString(w, "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n"+leakedRest+":37\r\n")
	})
	if _, err := people.HashPassword(t.Context(), leaked, "jo"); !errors.Is(err, identity.ErrPasswordBreached) {
		t.Errorf("got %v", err)
	}
	if seen != "GET /range/"+leakedPrefix+" " || padding != "true" {
		t.Errorf("it saw %q, Add-Padding %q", seen, padding)
	}
	if logged.Len() > 0 {
		t.Errorf("logged %s", logged)
	}
}

// A list that does not answer, or not in time, keeps nobody from choosing a password.
func TestABreachListThatDoesNotAnswer(t *testing.T) {
	for name, server := range map[string]http.HandlerFunc{
		"an outage":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"too much":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("A:1\n", 1<<17)) },
		"hanging up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			people, logged := asking(t, server)
			if _, err := people.HashPassword(t.Context(), leaked, "jo"); err != nil {
				t.Errorf("got %v", err)
			}
			if !strings.Contains(logged.String(), "PASSWORD_BREACH_URI") || strings.Contains(logged.String(), string(leaked)) {
				t.Errorf("logged %s", logged)
			}
		})
	}
}
