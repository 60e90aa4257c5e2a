package fetch_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
)

var form = url.Values{"logout_token": {"a+b &c"}}

func TestPostForm(t *testing.T) {
	for _, status := range []int{200, 204, 400, 500} {
		client, target := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
				r.PostFormValue("logout_token") != "a+b &c" || r.URL.RawQuery != "a=b" {
				t.Errorf("got %s %s %v", r.Method, r.URL, r.PostForm)
			}
			// RFC 9325 §3.1.1: the newest version that both sides speak.
			if r.TLS.Version != tls.VersionTLS13 {
				t.Errorf("got TLS version %x", r.TLS.Version)
			}
			w.WriteHeader(status)
		})
		if got, err := client.PostForm(t.Context(), target+"/x?a=b", form); err != nil || got != status {
			t.Errorf("got %d %v, want %d", got, err, status)
		}
	}
}

func TestAPostIsNotRedirected(t *testing.T) {
	var reached atomic.Int32
	client, target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
	})
	if got, err := client.PostForm(t.Context(), target, form); err != nil || got != http.StatusTemporaryRedirect || reached.Load() != 1 {
		t.Errorf("got %d %v after %d requests", got, err, reached.Load())
	}
}

func TestO26APostReachesNoNetworkOfOurs(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer server.Close()
	for _, target := range []string{
		server.URL, "http://example.com/", "https://169.254.169.254/", "https://10.0.0.1/", "https://[::1]/",
		"https://[::ffff:127.0.0.1]/", "https://user@example.com/", "file:///etc/passwd", "",
	} {
		if _, err := fetch.New(fetch.Options{}).PostForm(t.Context(), target, form); err == nil {
			t.Errorf("%s was reached", target)
		}
	}
}

func TestAPostNeedsAGoodURL(t *testing.T) {
	client, target := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was reached") })
	_, address, _ := strings.Cut(target, "://")
	for _, bad := range []string{"https://user@" + address, "http://example.com/", "ftp://" + address, "/relative"} {
		if _, err := client.PostForm(t.Context(), bad, form); err == nil || !strings.Contains(err.Error(), "the URL") {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

// Who does not answer holds up a drainer for a while, and not for good.
func TestAPostIsGivenUp(t *testing.T) {
	t.Parallel()
	client, target := serve(t, silent)
	if got, err := client.PostForm(t.Context(), target, form); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %d %v", got, err)
	}
}
