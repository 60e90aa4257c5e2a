// Package moto answers "where is something like AWS?": it runs moto's server for a
// test. A test that finds none fails and never skips.
package moto

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Start runs moto's server until the test ends and returns its URL.
func Start(t testing.TB) (endpoint string) {
	t.Helper()
	python, ok := find()
	if !ok {
		t.Fatal("no moto server: run `make tools`, or pip install 'moto[server]'")
	}
	address := freeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	server := exec.Command(python, "-m", "moto.server", "-H", host, "-p", port)
	if err := server.Start(); err != nil {
		t.Fatalf("start %s: %v", python, err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	endpoint = "http://" + address
	await(t, endpoint)
	return endpoint
}

// Config is what a client of the server needs.
func Config(endpoint string) aws.Config {
	return aws.Config{
		Region:       "eu-central-1",
		BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// await waits until the server answers: Python takes seconds to load it.
func await(t testing.TB, endpoint string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/moto-api/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("moto does not answer at %s", endpoint)
		}
	}
}

// find returns a Python that has moto: the one that `make tools` fills, else the
// first on the PATH.
func find() (python string, ok bool) {
	candidates := []string{"python3"}
	if cache, err := os.UserCacheDir(); err == nil {
		candidates = append([]string{filepath.Join(cache, "ostiary", "venv", "bin", "python3")}, candidates...)
	}
	for _, candidate := range candidates {
		if exec.Command(candidate, "-c", "import moto.server").Run() == nil {
			return candidate, true
		}
	}
	return "", false
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
