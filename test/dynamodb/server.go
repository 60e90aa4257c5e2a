// Package dynamodb answers "where is a real DynamoDB API server?": it finds one,
// runs it for a test, and says which one it was. A test that found none fails and
// never skips.
package dynamodb

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
)

// Server speaks DynamoDB's API.
type Server struct {
	Name     string // dynoxide, moto, or DYNAMODB_ENDPOINT
	Endpoint string
}

// Start runs a server until the test ends. The one at DYNAMODB_ENDPOINT, which may
// be Amazon's DynamoDB Local, is preferred; then dynoxide on the PATH or where
// `make tools` puts it; then moto's server.
func Start(t testing.TB) *Server {
	t.Helper()
	if endpoint := os.Getenv("DYNAMODB_ENDPOINT"); endpoint != "" {
		return &Server{Name: "DYNAMODB_ENDPOINT", Endpoint: endpoint}
	}
	address := freeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	var server *exec.Cmd
	name := "dynoxide"
	if path, ok := dynoxide(); ok {
		server = exec.Command(path, "--host", host, "--port", port, "--log", "quiet")
	} else if python, ok := moto(); ok {
		name, server = "moto", exec.Command(python, "-m", "moto.server", "-H", host, "-p", port)
	} else {
		t.Fatal("no DynamoDB API server: set DYNAMODB_ENDPOINT, or run `make tools`, which installs dynoxide")
	}
	run(t, server, "http://"+address)
	return &Server{Name: name, Endpoint: "http://" + address}
}

// run starts a server, waits until it answers, and stops it after the test.
func run(t testing.TB, server *exec.Cmd, endpoint string) {
	t.Helper()
	if err := server.Start(); err != nil {
		t.Fatalf("start %s: %v", server.Path, err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			tick.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s does not answer at %s", server.Path, endpoint)
		}
	}
}

// Config is what a client of the server needs.
func (s *Server) Config() aws.Config {
	return aws.Config{
		Region:       "eu-central-1",
		BaseEndpoint: &s.Endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// Client talks to the server.
func (s *Server) Client() *dynamodb.Client { return dynamo.NewClient(s.Config()) }

// Table makes a table of the product's kind, removed after the test, and returns
// its name.
func (s *Server) Table(t testing.TB) string {
	t.Helper()
	name := "test-" + rand.Text()
	client := dynamodb.NewFromConfig(s.Config())
	if err := dynamo.Create(t.Context(), client, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name})
	})
	return name
}

// String names the server in the tests' output.
func (s *Server) String() string { return fmt.Sprintf("%s at %s", s.Name, s.Endpoint) }

func dynoxide() (path string, ok bool) {
	if path, err := exec.LookPath("dynoxide"); err == nil {
		return path, true
	}
	path = filepath.Join(cache(), "dynoxide", "bin", "dynoxide")
	_, err := os.Stat(path)
	return path, err == nil
}

func moto() (python string, ok bool) {
	for _, candidate := range []string{filepath.Join(cache(), "venv", "bin", "python"), "python3"} {
		if exec.Command(candidate, "-c", "import moto.server").Run() == nil {
			return candidate, true
		}
	}
	return "", false
}

// cache is where `make tools` puts what it installs, on every system.
func cache() string {
	folder := os.Getenv("XDG_CACHE_HOME")
	if folder == "" {
		folder = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	return filepath.Join(folder, "ostiary")
}

// freeAddress is one that nobody listened on a moment ago.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
