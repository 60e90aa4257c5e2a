package authorizer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
)

// certificate makes a client certificate that signs itself.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// RFC 8705 §3 over a connection of one's own: what the handshake proved counts.
func TestMiddlewareKnowsTheConnectionsCertificate(t *testing.T) {
	mine, other := certificate(t), certificate(t)
	digest := sha256.Sum256(mine.Certificate[0])
	bound := bindTo(map[string]any{"x5t#S256": josetest.Encode(digest[:])})
	server := httptest.NewUnstartedServer(mustSettle(t, `"result_ttl":"0s","mtls":"required"`).
		Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	for name, c := range map[string]struct {
		certificates []tls.Certificate
		want         int
	}{
		"its certificate": {[]tls.Certificate{mine}, 200}, "another": {[]tls.Certificate{other}, 401}, "none": {nil, 401},
	} {
		client := server.Client()
		transport := client.Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.Certificates = c.certificates
		defer transport.CloseIdleConnections()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+bound)
		response, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != c.want {
			t.Errorf("%s: got %s", name, response.Status)
		}
	}
}

func TestMiddlewareChecksProofs(t *testing.T) {
	a, bound := mustSettle(t, dpopAllowed), boundToKey()
	by := func(scheme string, proofs ...string) http.Header {
		return http.Header{"Authorization": {scheme + " " + bound}, "Dpop": proofs}
	}
	used := proof(dpopKey, bound, nil)
	for _, c := range []struct {
		name, method string
		header       http.Header
		status       int
		challenges   int
	}{
		{"proven", "GET", by("DPoP", used), 200, 0},
		{"proven by the same again", "GET", by("DPoP", used), 401, 1},
		{"O20 as Bearer", "GET", by("Bearer"), 401, 2},
		{"two headers", "GET", by("DPoP", proof(dpopKey, bound, nil), proof(dpopKey, bound, nil)), 401, 1},
		{"HEAD, proven for HEAD", "HEAD", by("DPoP", proof(dpopKey, bound, map[string]any{"htm": "HEAD"})), 200, 0},
		{"HEAD, proven for GET", "HEAD", by("DPoP", proof(dpopKey, bound, nil)), 401, 1},
	} {
		w := serve(a, c.method, "/pets?limit=1", c.header)
		if got := w.Header().Values("WWW-Authenticate"); w.Code != c.status || len(got) != c.challenges {
			t.Errorf("%s: got %d, %q", c.name, w.Code, got)
		}
	}
	if got := serve(a, "GET", "/pets", by("DPoP")).Header().Values("WWW-Authenticate"); !slices.Equal(got, []string{`DPoP error="invalid_dpop_proof", algs="ES256 RS256 PS256 ES384 EdDSA"`}) {
		t.Errorf("got %q", got)
	}
}
