// Package examples_test runs the resource servers of examples/, each in its own
// language, and asks them with good and bad tokens of a provider on loopback.
package examples_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/cache"
)

const examples = "../../examples"

// patience is how long a server may take to start on a busy machine.
const patience = time.Minute

func TestResourceServers(t *testing.T) {
	p := open(t)
	for name, c := range map[string]struct {
		program func(t *testing.T) *exec.Cmd
		shared  bool // takes tokens signed with a shared secret
	}{
		"FastAPI by key set":           {fastAPI("main"), false},
		"FastAPI by shared secret":     {fastAPI("shared_secret"), true},
		"Express":                      {express, false},
		"net/http with our middleware": {program("net-http"), false},
		"net/http with golang-jwt":     {program("net-http-third-party"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resource := api
			if c.shared {
				resource = legacy
			}
			command := c.program(t)
			command.Env = append(command.Environ(), "PORT=0", "ISSUER="+p.url, "AUDIENCE="+resource, "SECRET="+secret)
			address := start(t, command)
			ask(t, address, "Bearer "+p.token(t, resource, "read"), `{"user_id":"`+p.alice+`"}`)
			for name, authorization := range p.refused(t, resource, c.shared) {
				if challenge := ask(t, address, authorization, ""); !strings.HasPrefix(challenge, "Bearer") {
					t.Errorf("%s: got the challenge %q", name, challenge)
				}
			}
		})
	}
}

// refused are values of the Authorization header that open nothing.
func (p *provider) refused(t *testing.T, resource string, shared bool) map[string]string {
	t.Helper()
	good := p.token(t, resource, "read")
	head, rest, _ := strings.Cut(good, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	past := time.Now().Add(-time.Hour).Unix()
	return map[string]string{
		"no token":            "",
		"another scheme":      "Basic " + good,
		"altered claims":      "Bearer " + head + "." + strings.Replace(claims, claims[10:14], "AAAA", 1) + "." + signature,
		"altered signature":   "Bearer " + head + "." + claims + "." + strings.Repeat("A", len(signature)),
		"no signature":        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + claims + ".",
		"expired":             "Bearer " + p.sign(t, shared, oauth.TypAccessToken, map[string]any{"exp": past}),
		"without an end":      "Bearer " + p.sign(t, shared, oauth.TypAccessToken, map[string]any{"exp": nil}),
		"for another API":     "Bearer " + p.sign(t, shared, oauth.TypAccessToken, map[string]any{"aud": "https://other.example.com"}),
		"from another issuer": "Bearer " + p.sign(t, shared, oauth.TypAccessToken, map[string]any{"iss": "https://evil.example.com"}),
		"no access token":     "Bearer " + p.sign(t, shared, "JWT", nil),
		"signed another way":  "Bearer " + p.sign(t, !shared, oauth.TypAccessToken, map[string]any{"aud": resource}),
	}
}

// ask calls /protected, wants the body, or 401 where there is none, and returns the
// challenge.
func ask(t *testing.T, address, authorization, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/protected", nil)
	check(t, err)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(r)
	check(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	check(t, err)
	var got bytes.Buffer
	if body == "" && response.StatusCode != http.StatusUnauthorized {
		t.Errorf("%s: got %d %s", authorization, response.StatusCode, content)
	} else if body != "" && (response.StatusCode != http.StatusOK || json.Compact(&got, content) != nil || got.String() != body) {
		t.Errorf("a good token: got %d %s, want %s", response.StatusCode, content, body)
	}
	return response.Header.Get("WWW-Authenticate")
}

var announced = regexp.MustCompile(`http://127\.0\.0\.1:[1-9][0-9]*`)

// start runs a server until the test ends and returns the address that it announces.
func start(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	out, in := io.Pipe()
	command.Stdout, command.Stderr = in, in
	command.WaitDelay = time.Second
	check(t, command.Start())
	hanging := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		in.Close()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	said := ""
	for lines := bufio.NewScanner(out); lines.Scan(); said += lines.Text() + "\n" {
		if address := announced.FindString(lines.Text()); address != "" && strings.Contains(strings.ToLower(lines.Text()), "on "+address) {
			hanging.Stop()
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return address
		}
	}
	t.Fatalf("it did not start:\n%s", said)
	return ""
}

func fastAPI(module string) func(t *testing.T) *exec.Cmd {
	return func(t *testing.T) *exec.Cmd {
		t.Helper()
		command := exec.CommandContext(t.Context(), filepath.Join(cache.Folder(t), "venv", "bin", "python3"),
			"-m", "uvicorn", module+":app", "--port", "0")
		command.Dir = filepath.Join(examples, "fastapi")
		command.Env = append(command.Environ(), "PYTHONDONTWRITEBYTECODE=1")
		return command
	}
}

// express lays the program beside the packages that `make tools` installed.
func express(t *testing.T) *exec.Cmd {
	t.Helper()
	folder := t.TempDir()
	check(t, os.CopyFS(folder, os.DirFS(filepath.Join(examples, "express"))))
	check(t, os.Symlink(filepath.Join(cache.Folder(t), "node", "node_modules"), filepath.Join(folder, "node_modules")))
	return exec.CommandContext(t.Context(), "node", filepath.Join(folder, "server.mjs"))
}

// program builds one that is written in Go.
func program(name string) func(t *testing.T) *exec.Cmd {
	return func(t *testing.T) *exec.Cmd {
		t.Helper()
		binary := filepath.Join(t.TempDir(), name)
		build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
		build.Dir = filepath.Join(examples, name)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return exec.CommandContext(t.Context(), binary)
	}
}
