package local_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/gateway/local"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// The issuer, the API as its callers write it, and whoever calls.
const (
	boundIssuer = "https://id.example.com"
	boundAPI    = "https://api.example.com"
)

var (
	issuerKey = josetest.New(oauth.ES256)
	callerKey = josetest.New(oauth.ES256)
	proofs    atomic.Int64
)

func encoded(tb testing.TB, members map[string]any) string {
	tb.Helper()
	text, err := json.Marshal(members)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// boundToken is a token that is bound as cnf says.
func boundToken(tb testing.TB, cnf map[string]any) string {
	tb.Helper()
	now := time.Now().Unix()
	return issuerKey.Token("at+jwt", "k1", encoded(tb, map[string]any{
		"iss": boundIssuer, "sub": "alice", "aud": boundAPI, "client_id": "app", "jti": "j1", "iat": now, "exp": now + 3600,
		"cnf": cnf,
	}))
}

// prove makes a proof as a client does, for GET /pets, changed.
func prove(tb testing.TB, token string, changes map[string]any) string {
	tb.Helper()
	digest := sha256.Sum256([]byte(token))
	claims := map[string]any{
		"jti": fmt.Sprint(proofs.Add(1)), "htm": "GET", "htu": boundAPI + "/pets", "iat": time.Now().Unix(), "ath": josetest.Encode(digest[:]),
	}
	maps.Copy(claims, changes)
	return callerKey.Compact(`{"typ":"dpop+jwt","alg":"ES256","jwk":`+callerKey.JWK("", "")+`}`, encoded(tb, claims))
}

// guarded is GET /pets behind the real authorizer, which the settings describe, on an
// API of each kind that can carry a proof.
func guarded(t *testing.T, kind local.Kind, settings string) *httptest.Server {
	t.Helper()
	parsed, err := authorizer.ParseSettings([]byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := jose.NewSet(issuerKey.Key("k1"))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := verify.NewAccessTokens(verify.Policy{
		Issuer: boundIssuer, Audience: []string{boundAPI}, Algs: []oauth.Alg{oauth.ES256}, MaxLifetime: time.Hour,
	}, verify.StaticKeys(keys))
	if err != nil {
		t.Fatal(err)
	}
	gate, err := authorizer.New(parsed, tokens, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	asks := local.Authorizer{Name: "authorizer", Function: "authorizer", Type: "REQUEST", IdentitySource: []string{"Authorization"}}
	if kind == local.HTTP {
		asks.Format, asks.Simple = "2.0", true
	}
	handler, err := local.New([]local.API{{
		Name: "bound", Kind: kind, Stage: map[local.Kind]string{local.REST: "live", local.HTTP: "$default"}[kind],
		Authorizers: []local.Authorizer{asks},
		Routes:      []local.Route{{Method: "ANY", Path: "/pets", Function: "echo", Authorizer: "authorizer"}},
	}}, map[string]local.Invoker{"authorizer": gate, "echo": echo}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

var kinds = map[string]local.Kind{"REST REQUEST": local.REST, "HTTP 2.0": local.HTTP}

// status is what a request to the server comes to.
func status(t *testing.T, client *http.Client, server *httptest.Server, method string, header http.Header) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/pets?limit=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestO19O20ProofsThroughTheGateway(t *testing.T) {
	for name, kind := range kinds {
		server := guarded(t, kind, `{"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"`+boundAPI+`"}}`)
		token := boundToken(t, map[string]any{"jkt": callerKey.Key("").Thumbprint()})
		used := prove(t, token, nil)
		for _, c := range []struct {
			what, method string
			header       http.Header
			want         int
		}{
			{"proven", "GET", http.Header{"Authorization": {"DPoP " + token}, "DPoP": {used}}, 200},
			{"the same proof again", "GET", http.Header{"Authorization": {"DPoP " + token}, "DPoP": {used}}, 401},
			{"another proof", "GET", http.Header{"Authorization": {"DPoP " + token}, "dpop": {prove(t, token, nil)}}, 200},
			{"for another method", "POST", http.Header{"Authorization": {"DPoP " + token}, "DPoP": {prove(t, token, nil)}}, 401},
			{"for the address of the server itself", "GET", http.Header{"Authorization": {"DPoP " + token}, "DPoP": {prove(t, token, map[string]any{"htu": server.URL + "/pets"})}}, 401},
			{"two proofs", "GET", http.Header{"Authorization": {"DPoP " + token}, "DPoP": {prove(t, token, nil), prove(t, token, nil)}}, 401},
			{"as Bearer", "GET", http.Header{"Authorization": {"Bearer " + token}}, 401},
			{"as Bearer, proven", "GET", http.Header{"Authorization": {"Bearer " + token}, "DPoP": {prove(t, token, nil)}}, 401},
			{"no proof", "GET", http.Header{"Authorization": {"DPoP " + token}}, 401},
		} {
			if got := status(t, server.Client(), server, c.method, c.header); got != c.want {
				t.Errorf("%s, %s: got %d", name, c.what, got)
			}
		}
	}
}

func TestCertificatesThroughTheGateway(t *testing.T) {
	mine, other := clientCertificate(t), clientCertificate(t)
	digest := sha256.Sum256(mine.Certificate[0])
	token := boundToken(t, map[string]any{"x5t#S256": josetest.Encode(digest[:])})
	for name, kind := range kinds {
		server := guarded(t, kind, `{"result_ttl":"0s","mtls":"required"}`)
		for what, c := range map[string]struct {
			certificates []tls.Certificate
			want         int
		}{
			"its certificate": {[]tls.Certificate{mine}, 200}, "another": {[]tls.Certificate{other}, 401}, "none": {nil, 401},
		} {
			transport := server.Client().Transport.(*http.Transport).Clone()
			transport.TLSClientConfig.Certificates = c.certificates
			defer transport.CloseIdleConnections()
			got := status(t, &http.Client{Transport: transport}, server, "GET", http.Header{"Authorization": {"Bearer " + token}})
			if got != c.want {
				t.Errorf("%s, %s: got %d", name, what, got)
			}
		}
	}
}

func clientCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
