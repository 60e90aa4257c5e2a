package serving

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// Certificate returns the certificate that a server started with --tls-self-signed
// made for itself, as a file that clients of any language can be told to trust.
func (s *Server) Certificate(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "certificate.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: s.certificate(t).Raw}
	check(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	return file
}

// Transport reaches the server and trusts nobody else.
func (s *Server) Transport(t testing.TB) http.RoundTripper {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(s.certificate(t))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func (s *Server) certificate(t testing.TB) *x509.Certificate {
	t.Helper()
	issuer, err := url.Parse(s.Issuer)
	check(t, err)
	// Whoever answers is the server that this test started.
	connection, err := tls.Dial("tcp", issuer.Host, &tls.Config{InsecureSkipVerify: true})
	check(t, err)
	defer connection.Close()
	return connection.ConnectionState().PeerCertificates[0]
}
