package authorizer_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

var bearerToken = regexp.MustCompile(`Bearer [A-Za-z0-9_.-]+`)

// sample returns a file of events/ with a token that is good now.
func sample(tb testing.TB, name, token string) []byte {
	tb.Helper()
	event, err := os.ReadFile(filepath.Join("..", "..", "events", "authorizer", name))
	if err != nil {
		tb.Fatal(err)
	}
	return bearerToken.ReplaceAll(event, []byte("Bearer "+token))
}

// BenchmarkAuthorizer is a whole invocation: event in, answer out, its log line
// written. The floor is the bare ES256 check of the same token.
func BenchmarkAuthorizer(b *testing.B) {
	good := token("openid profile email read:things", nil)
	b.Run("floor", func(b *testing.B) {
		check := bareCheck(good)
		for b.Loop() {
			if !check() {
				b.Fatal("the floor refuses")
			}
		}
	})
	for name, file := range map[string]string{
		"rest-request": "rest-api-request.json", "rest-token": "rest-api-token.json", "http-2.0": "http-api-2.0.json",
	} {
		b.Run(name, func(b *testing.B) {
			a, err := open(nil, gateway.NewLogger(io.Discard, "info"))
			if err != nil {
				b.Fatal(err)
			}
			event := sample(b, file, good)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Invoke(b.Context(), event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// bareCheck returns the signature check alone, everything else prepared.
func bareCheck(token string) func() bool {
	end := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		panic(err)
	}
	public := signer.Private.Public().(*ecdsa.PublicKey)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	digest := sha256.Sum256([]byte(token[:end]))
	return func() bool { return ecdsa.Verify(public, digest[:], r, s) }
}
