package fetch_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
)

func TestCallHook(t *testing.T) {
	client, target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" ||
			r.Header.Get("Authorization") != "Bearer a secret" || string(body) != `{"username":"alice"}` {
			t.Errorf("got %s %v %s", r.Method, r.Header, body)
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "no")
	})
	status, answer, err := client.CallHook(t.Context(), target, "a secret", map[string]string{"username": "alice"})
	if status != http.StatusUnauthorized || string(answer) != "no" || err != nil {
		t.Errorf("got %d %s %v", status, answer, err)
	}
}

// A hook is handed a password: it goes where the configuration says, and nowhere else,
// and once.
func TestO26AHookIsWhereItIsSaidToBe(t *testing.T) {
	var reached atomic.Int32
	client, target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
	})
	if status, _, err := client.CallHook(t.Context(), target, "s", nil); status != http.StatusTemporaryRedirect || err != nil || reached.Load() != 1 {
		t.Errorf("got %d %v after %d requests", status, err, reached.Load())
	}
	for _, bad := range []string{"http://example.com/", "https://169.254.169.254/", "https://10.0.0.1/", "https://[::1]/", "https://user@example.com/", ""} {
		if _, _, err := fetch.New(fetch.Options{}).CallHook(t.Context(), bad, "s", nil); err == nil {
			t.Errorf("%s was reached", bad)
		}
	}
}

func TestAHooksAnswerHasBounds(t *testing.T) {
	t.Parallel()
	client, target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			_, _ = io.WriteString(w, strings.Repeat("x", fetch.MaxBodyBytes+1))
			return
		}
		silent(w, r)
	})
	if _, _, err := client.CallHook(t.Context(), target+"/long", "s", nil); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a long answer: %v", err)
	}
	if _, _, err := client.CallHook(t.Context(), target+"/late", "s", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v", err)
	}
}
