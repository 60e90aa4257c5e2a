// Package gate_test measures the gate within one process: a decision for each
// flavour of event, and the middleware beside a handler that has none.
package gate_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/bench/inturn"
)

const (
	issuer   = "https://id.example.com"
	audience = "https://api.example.com"
)

var signer = josetest.New(oauth.ES256)

// open returns an authorizer whose keys are bundled, and a token that it takes.
func open(b *testing.B, log *slog.Logger) (*authorizer.Authorizer, string) {
	b.Helper()
	file := filepath.Join(b.TempDir(), "jwks.json")
	check(b, os.WriteFile(file, []byte(`{"keys":[`+signer.JWK("k1", "")+`]}`), 0o600))
	settings := authorizer.Settings{Issuers: []authorizer.IssuerSettings{
		{Issuer: issuer, Audience: []string{audience}, JWKSFile: file},
	}}
	a, err := authorizer.Open(b.Context(), settings, config.Secret, log)
	check(b, err)
	now := time.Now()
	return a, signer.Token("at+jwt", "k1", fmt.Sprintf(`{"iss":%q,"sub":"alice","aud":%q,"client_id":"app","jti":"j1","iat":%d,"exp":%d,
		"scope":"openid profile pets:read"}`, issuer, audience, now.Unix(), now.Add(time.Hour).Unix()))
}

// bare is the signature check alone, of a token that has been read.
func bare(b *testing.B, token string) func() {
	b.Helper()
	jws, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	check(b, err)
	key := signer.Key("k1")
	return func() { check(b, jws.Verify(key)) }
}

var bearer = regexp.MustCompile(`Bearer [A-Za-z0-9_.-]+`)

// BenchmarkFlavour is a whole invocation, event in, answer out, its log line
// written, for every flavour of event. The floor is the bare check of the token.
func BenchmarkFlavour(b *testing.B) {
	a, token := open(b, gateway.NewLogger(io.Discard, "info"))
	verify := bare(b, token)
	files, err := filepath.Glob("../../../events/authorizer/*.json")
	check(b, err)
	for _, file := range files {
		b.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(b *testing.B) {
			event, err := os.ReadFile(file)
			check(b, err)
			event = bearer.ReplaceAll(event, []byte("Bearer "+token))
			answer, err := a.Invoke(b.Context(), event)
			if err != nil || strings.Contains(string(answer), "Deny") || strings.Contains(string(answer), "false") {
				b.Fatalf("not let in: %s, %v", answer, err)
			}
			invoke := func() {
				_, err := a.Invoke(b.Context(), event)
				check(b, err)
			}
			inturn.Take(b, 20, inturn.Times(20, verify), inturn.Times(20, invoke))
		})
	}
}

// BenchmarkMiddleware is a request over HTTP, 32 connections at once, through the
// middleware to a handler of two bytes; the client's part is in both figures. The
// floor checks the token's signature before the same handler and nothing else.
func BenchmarkMiddleware(b *testing.B) {
	a, token := open(b, gateway.NewLogger(io.Discard, "info"))
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	verify := bare(b, token)
	floor := callers(b, token, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		verify()
		handler(w, r)
	}))
	const asked = 20 * connections
	inturn.Take(b, asked, inturn.Times(asked, floor), inturn.Times(asked, callers(b, token, a.Middleware(handler))))
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
