package endpoint_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// What the hook answers decides about somebody unknown, and what is no clear answer
// lets nobody in.
func TestMigrationHook(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   oauth.Code
	}{
		"yes":                       {200, `{"sub":"old-1","email":"erin@example.com","email_verified":true,"department":"blue"}`, ""},
		"yes, and nothing more":     {200, `{}`, ""},
		"no":                        {401, ``, oauth.InvalidGrant},
		"yes, but disabled":         {200, `{"disabled":true}`, oauth.InvalidGrant},
		"a redirect":                {302, ``, oauth.TemporarilyUnavailable},
		"nothing there":             {404, ``, oauth.TemporarilyUnavailable},
		"a yes without a body":      {204, ``, oauth.TemporarilyUnavailable},
		"an outage":                 {503, `{}`, oauth.TemporarilyUnavailable},
		"a page that is no answer":  {200, `<html>`, oauth.TemporarilyUnavailable},
		"a claim of the wrong type": {200, `{"email":7}`, oauth.TemporarilyUnavailable},
		"a claim that is none":      {200, `{"email":"nobody"}`, oauth.ServerError},
		"the sub of somebody here":  {200, `{"sub":"taken"}`, oauth.InvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var question struct{ Username, Password string }
				body, _ := io.ReadAll(r.Body)
				_ = json.Unmarshal(body, &question)
				asked = append(asked, question.Username+" "+question.Password+" "+r.Header.Get("Authorization"))
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer hook.Close()
			s := open(t)
			cfg, err := config.FromMap(map[string]string{
				"ISSUER": "http://localhost:8080", "MIGRATION_HOOK_URI": hook.URL, "MIGRATION_HOOK_SECRET": secret,
			})
			must(t, err)
			ask, err := endpoint.Migration(cfg)
			must(t, err)
			people := identity.NewUsers(s.users, s.state, identity.Lockout{Attempts: 10, AddressAttempts: 100, Window: time.Minute})
			people.MigrateBy(ask)
			_, err = people.Add(t.Context(), identity.NewUser{ID: "taken", Username: "taken"})
			must(t, err)
			_, err = people.SignIn(t.Context(), "erin", "four score and seven", "192.0.2.7")
			if got := oauth.AsError(err); err == nil && c.want != "" || err != nil && got.Code != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if len(asked) != 1 || asked[0] != "erin four score and seven Bearer "+secret {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

func TestWithoutAHookNobodyIsAsked(t *testing.T) {
	ask, err := endpoint.Migration(config.Config{})
	if ask != nil || err != nil {
		t.Errorf("got a hook, or %v", err)
	}
}
