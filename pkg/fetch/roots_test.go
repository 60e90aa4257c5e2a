package fetch_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/roots"
)

// ofTheSystem is a certificate that the system trusts, as long as these tests run.
var ofTheSystem tls.Certificate

// TestMain sets the system's authorities, which a process reads once, when it first
// judges by them.
func TestMain(m *testing.M) {
	if url := os.Getenv("FIRST_CALL"); url != "" { // a child of BenchmarkFirstCall
		firstCall(url, os.Getenv("FIRST_ROOTS"))
		return
	}
	folder, err := os.MkdirTemp("", "authorities")
	if err != nil {
		log.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	ofTheSystem = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	bundle := filepath.Join(folder, "bundle.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		log.Fatal(err)
	}
	_ = os.Setenv("SSL_CERT_FILE", bundle) // names without NUL cannot fail
	_ = os.Setenv("SSL_CERT_DIR", filepath.Join(folder, "none"))
	_ = os.Setenv("SERVER_CERTIFICATE", bundle)
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// A certificate of none of the given authorities is refused, unless the system's
// count as well and it is of theirs; and then the next call knows.
func TestAuthorities(t *testing.T) {
	var handshakes atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{ofTheSystem}, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		handshakes.Add(1)
		return nil, nil
	}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of refused handshakes
	server.StartTLS()
	defer server.Close()
	its := x509.NewCertPool()
	its.AddCert(server.Certificate())
	for _, row := range []struct {
		name    string
		options fetch.Options
		good    bool
		tried   int32 // handshakes for two calls
	}{
		{"the system's", fetch.Options{}, true, 2},
		{"its own", fetch.Options{RootCAs: its}, true, 2},
		{"another's", fetch.Options{RootCAs: roots.Amazon()}, false, 2},
		{"its own, or the system's", fetch.Options{RootCAs: its, OrSystem: true}, true, 2},
		{"another's, or the system's", fetch.Options{RootCAs: roots.Amazon(), OrSystem: true}, true, 3},
	} {
		handshakes.Store(0)
		row.options.AllowLoopback = true
		client := fetch.New(row.options)
		for range 2 {
			if _, err := client.Get(t.Context(), server.URL, ""); (err == nil) != row.good {
				t.Errorf("%s: got %v, want good %v", row.name, err, row.good)
			}
		}
		if got := handshakes.Load(); got != row.tried {
			t.Errorf("%s: %d handshakes, want %d", row.name, got, row.tried)
		}
	}
}
