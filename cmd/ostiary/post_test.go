package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// MAIL=outbox needs an issuer on this machine, and nothing that says so: serve makes
// up its own, and the commands beside it work on a folder of this machine.
func TestServeWithAnOutbox(t *testing.T) {
	t.Setenv("MAIL", "outbox")
	t.Setenv("MAIL_FROM", "no-reply@example.com")
	data := filepath.Join(t.TempDir(), "data")
	r := start(t, "--demo", "--data", data)
	request, err := http.NewRequestWithContext(t.Context(), "GET", strings.Replace(r.url, "127.0.0.1", "localhost", 1)+"/outbox", nil)
	check(t, err)
	response, err := http.DefaultClient.Do(request)
	check(t, err)
	check(t, response.Body.Close())
	if response.StatusCode != http.StatusOK {
		t.Errorf("got %d", response.StatusCode)
	}
	if out, err := ostiary(t, "user", "list", "--data", data); err != nil || !strings.Contains(out, "alice") {
		t.Errorf("got %v\n%s", err, out)
	}
}
