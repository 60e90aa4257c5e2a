package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Who opens the address that serve --demo prints is told where to go on; a server
// without the demonstration answers as API Gateway does.
func TestFrontOfTheDemonstration(t *testing.T) {
	for name, c := range map[string]struct {
		args         []string
		method, path string
		status       int
	}{
		"the demonstration's":     {[]string{"--demo"}, "GET", "/", 200},
		"no other method":         {[]string{"--demo"}, "POST", "/", 404},
		"no other path":           {[]string{"--demo"}, "GET", "/x", 404},
		"none where nobody tries": {nil, "GET", "/", 404},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, append(c.args, "--data", filepath.Join(t.TempDir(), "data"))...)
			request, err := http.NewRequestWithContext(t.Context(), c.method, r.url+c.path, nil)
			check(t, err)
			response, err := http.DefaultClient.Do(request)
			check(t, err)
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			check(t, err)
			if got := strings.Contains(string(body), "token get --issuer http://localhost:"); response.StatusCode != c.status || got != (c.status == 200) {
				t.Errorf("got %d %s", response.StatusCode, body)
			}
		})
	}
}

// A gate in front of somebody else's tokens would let nobody in here.
func TestServeNeedsSettingsThatNameItsIssuer(t *testing.T) {
	t.Setenv("AUTHORIZER_SETTINGS", `{"issuers":[{"issuer":"https://id.example.com","audience":["https://api.example.com"]}]}`)
	_, err := ostiary(t, "serve", "--addr", "127.0.0.1:0", "--data", filepath.Join(t.TempDir(), "data"))
	if err == nil || !strings.Contains(err.Error(), "do not name the issuer http://localhost:") {
		t.Errorf("got %v", err)
	}
}
