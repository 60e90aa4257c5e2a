package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/ring"
)

// How long a hook is waited for: as long as can be set, for a busy machine, but where it
// never answers.
const (
	hookTime      = "TOKEN_HOOK_TIMEOUT=3s"
	hookTimeShort = "TOKEN_HOOK_TIMEOUT=100ms"
)

// hooked is a provider with a hook at this address. Its issuer is on this machine, where
// a hook may be, too.
func hooked(t *testing.T, uri, failure, wait string) *site {
	t.Helper()
	folder := ring.Copy(t)
	return build(t, folder, folder.Users, folder.State, "ISSUER=http://localhost:8080",
		"TOKEN_HOOK_URI="+uri, "TOKEN_HOOK_SECRET="+string(secret), "TOKEN_HOOK_FAILURE="+failure, wait)
}

// What is no answer makes no tokens, or tokens as without a hook, as the operator wants.
func TestF26ATokenHookThatFails(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"slow": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"huge": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat(" ", 300<<10)+"{}")
		},
		"long": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat(" ", 17<<10)+"{}")
		},
		"500":         func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "{}", http.StatusInternalServerError) },
		"403":         func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "{}", http.StatusForbidden) },
		"no content":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"a page":      func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"wrong types": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"access_token":"a"}`) },
		"what it may not say": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"access_token":{"sub":"somebody else"}}`)
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/there" {
				t.Error("it was followed")
			}
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		},
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			wait := hookTime
			if name == "slow" {
				wait = hookTimeShort
			}
			s := hooked(t, server.URL, "closed", wait)
			s.wants(s.post("/token", "grant_type=client_credentials", secretID, secret), http.StatusServiceUnavailable, oauth.TemporarilyUnavailable)
			s = hooked(t, server.URL, "open", wait)
			a := s.post("/token", "grant_type=client_credentials", secretID, secret)
			if a.StatusCode != http.StatusOK || a.text("access_token") == "" {
				t.Errorf("open: got %s", a)
			}
			if log := s.logged.String(); !strings.Contains(log, "tokens were made without what the hook would say") || strings.Contains(log, string(secret)) {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

func TestATokenHookKnowsUsAndIsAskedOnce(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var question struct {
			GrantType string `json:"grant_type"`
			User      struct{ Username string }
		}
		if err := json.NewDecoder(r.Body).Decode(&question); err != nil || r.Method != http.MethodPost {
			t.Errorf("got %s, %v", r.Method, err)
		}
		asked = append(asked, strings.TrimSpace(question.GrantType+" "+question.User.Username+" "+r.Header.Get("Authorization")))
		_, _ = io.WriteString(w, `{"access_token":{"plan":"gold"}}`)
	}))
	defer server.Close()
	s := hooked(t, server.URL, "closed", hookTime)
	a := s.signIn()
	if got := len(asked); a.StatusCode != http.StatusOK || got != 1 || asked[0] != "password alice Bearer "+string(secret) {
		t.Errorf("got %s, asked %q", a, asked)
	}
}

// A hook that refuses is heard, and so is why.
func TestATokenHookRefuses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"deny":"the plan \"gold\" has ended"}`)
	}))
	defer server.Close()
	a := hooked(t, server.URL, "open", hookTime).post("/token", "grant_type=client_credentials", secretID, secret)
	if a.StatusCode != http.StatusForbidden || a.text("error") != "access_denied" || a.text("error_description") != "the plan 'gold' has ended" {
		t.Errorf("got %s", a)
	}
}

// A hook is told about people: it is reached at public addresses and nowhere else, but
// for a provider that is on this machine itself.
func TestO26ATokenHookIsAtAPublicAddress(t *testing.T) {
	reached := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer reached.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(reached.URL, "http://"), ":")
	for _, uri := range []string{"https://127.0.0.1:" + port, "https://[::1]:" + port, "https://10.0.0.1", "https://169.254.169.254/latest"} {
		folder := ring.Copy(t)
		s := build(t, folder, folder.Users, folder.State, "TOKEN_HOOK_URI="+uri, "TOKEN_HOOK_SECRET="+string(secret), hookTime)
		s.wants(s.post("/token", "grant_type=client_credentials", secretID, secret), http.StatusServiceUnavailable, oauth.TemporarilyUnavailable)
	}
}

func TestAFunctionIsInvokedInstead(t *testing.T) {
	const function = "arn:aws:lambda:eu-central-1:123456789012:function:hook"
	cfg, err := config.FromMap(map[string]string{"ISSUER": issuer, "TOKEN_HOOK_FUNCTION": function})
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	if _, err := endpoint.TokenHook(cfg, log, nil); err == nil {
		t.Error("a hook was made of what cannot be invoked")
	}
	for name, c := range map[string]struct {
		answer string
		err    error
		good   bool
	}{
		"an answer": {`{"deny":"no"}`, nil, true},
		"an outage": {`{"deny":"no"}`, errors.New("away"), false},
		"null":      {`null`, nil, false}, // of a function that returns nothing
	} {
		hook, err := endpoint.TokenHook(cfg, log, func(ctx context.Context, question []byte) ([]byte, error) {
			if _, bounded := ctx.Deadline(); !bounded || !strings.Contains(string(question), `"version":1`) {
				t.Errorf("%s: asked %s", name, question)
			}
			return []byte(c.answer), c.err
		})
		must(t, err)
		answer, err := hook.Ask(t.Context(), issue.TokenQuestion{Version: 1})
		if (err == nil) != c.good || c.good && answer.Deny != "no" || hook.FailOpen != nil {
			t.Errorf("%s: got %+v, %v", name, answer, err)
		}
	}
	none, err := endpoint.TokenHook(config.Config{}, log, nil)
	if err != nil || none.Ask != nil {
		t.Errorf("without a hook: %v", err)
	}
}
