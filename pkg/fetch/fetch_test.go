package fetch_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
)

// serve runs a server with a certificate and returns a client that may call it.
func serve(t *testing.T, handler http.HandlerFunc) (*fetch.Client, string) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return fetch.New(fetch.Options{AllowLoopback: true, RootCAs: roots}), server.URL
}

// silent does not answer, not even to a caller that has hung up: one that says so over TLS
// before it closes the connection may still read an answer in between.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // the server notices only then that the caller hangs up
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

func TestGet(t *testing.T) {
	client, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != "ostiary" || r.Method != http.MethodGet || r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("got %s %v", r.Method, r.Header)
		}
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Cache-Control", "public, max-age=300")
		w.Header().Set("Age", "60")
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, "hello")
	})
	got, err := client.Get(t.Context(), url+"/x", "")
	if err != nil || string(got.Body) != "hello" || got.ETag != `"v1"` || got.NotModified || got.MaxAge != 4*time.Minute {
		t.Errorf("got %+v %v", got, err)
	}
	got, err = client.Get(t.Context(), url+"/x", `"v1"`)
	if err != nil || !got.NotModified || got.ETag != `"v1"` || got.Body != nil {
		t.Errorf("got %+v %v", got, err)
	}
}

func TestMaxAge(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                         0,
		"max-age=60":               time.Minute,
		"Public, MAX-AGE=\"60\"":   time.Minute,
		"max-age=60, no-store":     0,
		"no-cache":                 0,
		"max-age=-1":               0,
		"max-age=x":                0,
		"max-age=1000000":          24 * time.Hour,
		"max-age=9999999999999999": 0,
	} {
		client, url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", header) })
		if got, err := client.Get(t.Context(), url, ""); err != nil || got.MaxAge != want {
			t.Errorf("%q: got %v %v, want %v", header, got.MaxAge, err, want)
		}
	}
}

func TestJ37Answers(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"status 500":         func(w http.ResponseWriter, _ *http.Request) { http.Error(w, `{"keys":[]}`, 500) },
		"status 404":         http.NotFound,
		"status 203":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(203) },
		"304 without asking": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) },
		"redirect to itself": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/there", http.StatusFound)
			}
		},
		"redirect to http": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusMovedPermanently)
		},
		"a byte too many": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, fetch.MaxBodyBytes+1)) },
		"without end": func(w http.ResponseWriter, _ *http.Request) {
			for _, err := w.Write(make([]byte, 1<<16)); err == nil; _, err = w.Write(make([]byte, 1<<16)) {
			}
		},
		"a long header": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<16)) },
		"a body that breaks off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "12345")
		},
	} {
		client, url := serve(t, handler)
		if got, err := client.Get(t.Context(), url, ""); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	client, url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, fetch.MaxBodyBytes)) })
	if got, err := client.Get(t.Context(), url, ""); err != nil || len(got.Body) != fetch.MaxBodyBytes {
		t.Errorf("256 kB: %d bytes, %v", len(got.Body), err)
	}
}

// The deadline covers the body: a server that drips a byte now and then would
// otherwise hold every request that waits for its keys.
func TestJ37SlowDrip(t *testing.T) {
	t.Parallel()
	client, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		drip := time.NewTicker(50 * time.Millisecond)
		defer drip.Stop()
		for {
			select {
			case <-drip.C:
				fmt.Fprint(w, " ")
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				panic(http.ErrAbortHandler) // see silent
			}
		}
	})
	// The test's own deadline is what fails, were the client's not there.
	if got, err := client.Get(t.Context(), url, ""); err == nil {
		t.Errorf("got %d bytes", len(got.Body))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Get(ended, url, ""); err == nil {
		t.Error("the caller's end is not heard")
	}
}

// A frozen process wakes up with dead connections, and finds out by EOF.
func TestF22OneRetryAfterEOF(t *testing.T) {
	for broken, good := range map[int32]bool{0: true, 1: true, 2: false} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		var calls atomic.Int32
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil && calls.Add(1) > broken {
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
				_ = conn.Close()
			}
		}()
		client := fetch.New(fetch.Options{AllowLoopback: true})
		got, err := client.Get(t.Context(), "http://"+listener.Addr().String(), "")
		if (err == nil) != good || good && string(got.Body) != "ok" || calls.Load() > 2 {
			t.Errorf("%d broken connections: got %q %v after %d calls", broken, got.Body, err, calls.Load())
		}
	}
}

// A server with several forms of a status list is asked for the one that is read.
func TestGetStatusList(t *testing.T) {
	client, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept"); got != "application/statuslist+jwt" {
			t.Errorf("Accept is %q", got)
		}
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	for _, etag := range []string{"", `"v1"`} {
		got, err := client.GetStatusList(t.Context(), url+"/status/0", etag)
		if err != nil || got.ETag != `"v1"` || got.NotModified != (etag != "") {
			t.Errorf("got %+v %v", got, err)
		}
	}
}
