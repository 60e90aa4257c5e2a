package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/test/dynamodb"
)

// running is a server of this test, with its output.
type running struct {
	t    *testing.T
	url  string
	out  *output
	stop func() error
}

// start boots the program itself and waits until it says where it listens.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out := newOutput()
	a := &app{in: strings.NewReader(""), out: out, err: out}
	root := a.root()
	root.SetArgs(append([]string{"serve", "--addr", "127.0.0.1:0"}, args...))
	done := make(chan error, 1)
	go func() { done <- root.ExecuteContext(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	select {
	case url := <-out.url:
		return &running{t, url, out, stop}
	case err := <-done:
		done <- err
		t.Fatalf("serve ended: %v\n%s", err, out)
		return nil
	}
}

// request sends one request and returns the status and the JSON of the answer.
func (r *running) request(method, path string, form url.Values, bearer string) (*http.Response, map[string]any) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(form.Encode()))
	check(r.t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := http.DefaultClient.Do(request)
	check(r.t, err)
	defer response.Body.Close()
	var body map[string]any
	raw, err := io.ReadAll(response.Body)
	check(r.t, err)
	if err := json.Unmarshal(raw, &body); err != nil {
		r.t.Errorf("%s %s: no JSON: %s", method, path, raw)
	}
	return response, body
}

func readDemoFile(t *testing.T, folder string) demo {
	t.Helper()
	path := filepath.Join(folder, demoFile)
	info, err := os.Stat(path)
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v", path, info.Mode())
	}
	content, err := os.ReadFile(path)
	check(t, err)
	var d demo
	check(t, json.Unmarshal(content, &d))
	return d
}

func TestTheStoryThroughServe(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	r := start(t, "--demo", "--data", folder)
	d := readDemoFile(t, folder)
	signIn := url.Values{
		"grant_type": {"password"}, "client_id": {d.PublicClient}, "username": {d.Username}, "password": {d.Password},
	}
	_, tokens := r.request("POST", "/token", signIn, "")
	token, _ := tokens["access_token"].(string)
	if token == "" || tokens["token_type"] != "Bearer" || tokens["refresh_token"] == nil {
		t.Fatalf("got %v", tokens)
	}
	response, body := r.request("GET", "/protected", nil, token)
	if response.StatusCode != 200 || body["user_id"] == nil {
		t.Fatalf("got %d %v", response.StatusCode, body)
	}
	user := body["user_id"]
	for name, bad := range map[string]string{
		"no token":    "",
		"altered":     token[:len(token)-4] + "AAAA",
		"no JWT":      "garbage",
		"an id_token": func() string { s, _ := tokens["id_token"].(string); return s }(),
	} {
		response, body := r.request("GET", "/protected", nil, bad)
		if response.StatusCode != 401 || !strings.HasPrefix(response.Header.Get("WWW-Authenticate"), "Bearer") || len(body) == 0 {
			t.Errorf("%s: got %d %q %v", name, response.StatusCode, response.Header.Get("WWW-Authenticate"), body)
		}
	}

	t.Run("another server on the folder says so", func(t *testing.T) {
		a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
		root := a.root()
		root.SetArgs([]string{"serve", "--addr", "127.0.0.1:0", "--data", folder})
		err := root.ExecuteContext(t.Context())
		if err == nil || !strings.Contains(err.Error(), "another ostiary serves the folder") {
			t.Errorf("got %v", err)
		}
	})

	if err := r.stop(); err != nil {
		t.Fatalf("stopping: %v", err)
	}
	r = start(t, "--demo", "--data", folder, "--issuer", d.Issuer)
	if response, body := r.request("GET", "/protected", nil, token); response.StatusCode != 200 || body["user_id"] != user {
		t.Errorf("after a restart: %d %v", response.StatusCode, body)
	}
	if _, again := r.request("POST", "/token", signIn, ""); again["access_token"] == nil {
		t.Errorf("after a restart: %v", again)
	}
}

func TestServeBehindAnotherName(t *testing.T) {
	const issuer = "https://id.example.com/tenants/a"
	r := start(t, "--demo", "--data", t.TempDir(), "--issuer", issuer)
	for path, status := range map[string]int{
		"/tenants/a/.well-known/openid-configuration":       200,
		"/.well-known/oauth-authorization-server/tenants/a": 200,
		"/tenants/a/jwks.json":                              200,
	} {
		response, body := r.request("GET", path, nil, "")
		if response.StatusCode != status {
			t.Errorf("%s: got %d %v", path, response.StatusCode, body)
		}
	}
	_, metadata := r.request("GET", "/tenants/a/.well-known/openid-configuration", nil, "")
	if metadata["issuer"] != issuer || metadata["token_endpoint"] != issuer+"/token" {
		t.Errorf("got %v", metadata)
	}
}

func TestServeRefusesFaults(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer taken.Close()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"issuer without https": {[]string{"--issuer", "http://id.example.com"}, "ISSUER"},
		"half a certificate":   {[]string{"--tls-cert", "x.pem"}, "--tls-key"},
		"no such address":      {[]string{"--addr", "127.0.0.1:99999"}, "invalid port"},
		"a taken address":      {[]string{"--addr", taken.Addr().String()}, "--addr names another"},
		"tables not named":     {[]string{"--dynamodb"}, "USER_TABLE is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
			root := a.root()
			root.SetArgs(append([]string{"serve", "--addr", "127.0.0.1:0", "--data", t.TempDir()}, c.args...))
			if err := root.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a word of %s", err, c.want)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// output is what the program prints. It finds the URL in it.
type output struct {
	mu  sync.Mutex
	b   bytes.Buffer
	url chan string
}

var listening = regexp.MustCompile(`listening on http://localhost:(\d+)[ \n]`)

func newOutput() *output { return &output{url: make(chan string, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.b.Write(p)
	if found := listening.FindSubmatch(o.b.Bytes()); found != nil {
		select {
		case o.url <- "http://127.0.0.1:" + string(found[1]):
		default:
		}
	}
	return n, err
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// TestServeOnDynamoDB tells the story on tables that serve makes by itself.
func TestServeOnDynamoDB(t *testing.T) {
	database := dynamodb.Start(t)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": database.Endpoint, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"USER_TABLE": "serve-user-" + strings.ToLower(rand.Text()), "STATE_TABLE": "serve-state-" + strings.ToLower(rand.Text()),
		"AUDIT_TABLE": "serve-audit-" + strings.ToLower(rand.Text()),
	} {
		t.Setenv(name, value)
	}
	folder := t.TempDir()
	r := start(t, "--demo", "--dynamodb", "--create-tables", "--data", folder)
	d := readDemoFile(t, folder)
	_, tokens := r.request("POST", "/token", url.Values{
		"grant_type": {"password"}, "client_id": {d.PublicClient}, "username": {d.Username}, "password": {d.Password},
	}, "")
	token, _ := tokens["access_token"].(string)
	if response, body := r.request("GET", "/protected", nil, token); response.StatusCode != 200 || body["user_id"] == nil {
		t.Errorf("got %d %v", response.StatusCode, body)
	}
	if err := r.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	r = start(t, "--demo", "--dynamodb", "--create-tables", "--data", folder, "--issuer", d.Issuer) // which are there
	if response, body := r.request("GET", "/protected", nil, token); response.StatusCode != 200 || body["user_id"] == nil {
		t.Errorf("after a restart: %d %v", response.StatusCode, body)
	}
}
