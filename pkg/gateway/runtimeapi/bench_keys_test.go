package runtimeapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// keyServer serves the issuer's keys over TLS, from this machine.
type keyServer struct {
	address string
	root    string // the file of the one authority that is trusted
}

// serveKeys stands the server a round trip away.
func serveKeys(b *testing.B, document []byte, roundTrip time.Duration) keyServer {
	b.Helper()
	root, certificate := certificates(b)
	file := filepath.Join(b.TempDir(), "root.pem")
	check(b, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), 0o600))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	if roundTrip > 0 {
		server.Listener = away{server.Listener, roundTrip}
	}
	server.StartTLS()
	b.Cleanup(server.Close)
	return keyServer{server.URL + "/jwks.json", file}
}

// settings are the authorizer's environment.
func (s keyServer) settings(b *testing.B) map[string]string {
	b.Helper()
	document, err := json.Marshal(map[string]any{"issuers": []any{map[string]any{
		"issuer": issuer, "audience": []string{audience}, "jwks_uri": s.address, "roots": s.root,
	}}})
	check(b, err)
	return map[string]string{"AUTHORIZER_SETTINGS": string(document)}
}

// variables are everybody else's.
func (s keyServer) variables() map[string]string {
	return map[string]string{
		"ISSUER": issuer, "AUDIENCE": audience, "JWKS_URI": s.address,
		"SSL_CERT_FILE": s.root, "NODE_EXTRA_CA_CERTS": s.root,
	}
}

// certificates makes an authority, and a server's certificate for this machine.
func certificates(b *testing.B) (root []byte, server tls.Certificate) {
	b.Helper()
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		}
	}
	authority := template("bench authority")
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(b, err)
	root, err = x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	check(b, err)
	leaf := template("bench")
	leaf.IPAddresses, leaf.ExtKeyUsage = []net.IP{net.IPv4(127, 0, 0, 1)}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(b, err)
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, key.Public(), authorityKey)
	check(b, err)
	return root, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
