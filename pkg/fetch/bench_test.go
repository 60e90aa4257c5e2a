package fetch_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/roots"
)

// BenchmarkFirstCall is what a new process pays for its first document: over https
// with Amazon's roots read anew, beside plain http. The server's half of the
// handshake runs here too, and is counted. What the system's roots would
// cost is paid once in a process and so cannot be measured in a loop.
func BenchmarkFirstCall(b *testing.B) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	plain, secure := httptest.NewServer(handler), httptest.NewUnstartedServer(handler)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{ofTheSystem}}
	secure.StartTLS()
	defer plain.Close()
	defer secure.Close()
	call := func(b *testing.B, url string, authorities func() *x509.CertPool) {
		for b.Loop() {
			client := fetch.New(fetch.Options{AllowLoopback: true, RootCAs: authorities()})
			if _, err := client.Get(b.Context(), url, ""); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("https/ours", func(b *testing.B) {
		call(b, secure.URL, func() *x509.CertPool {
			pool := roots.Amazon()
			pool.AddCert(secure.Certificate())
			return pool
		})
	})
	b.Run("https/floor", func(b *testing.B) { call(b, plain.URL, func() *x509.CertPool { return nil }) })
}
