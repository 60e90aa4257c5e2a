package verify_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

var _ = binary.BigEndian

// BenchmarkVerify verifies an RFC 9068 token with all checks, beside the bare
// signature check of the standard library (floor) with everything prepared. The
// two take turns, so that a machine that slows down slows both.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range []oauth.Alg{oauth.ES256, oauth.RS256, oauth.EdDSA} {
		b.Run(string(alg), func(b *testing.B) {
			signer := josetest.New(alg)
			token := signer.Token("at+jwt", "kid-2025", goodClaims(time.Now()))
			v := newVerifier(b, signer)
			floor := bareCheck(signer, token)
			b.ReportAllocs()
			var ours, theirs time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
				middle := time.Now()
				if !floor() {
					b.Fatal("the floor refuses")
				}
				ours += middle.Sub(start)
				theirs += time.Since(middle)
			}
			b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ours-ns/op")
			b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "floor-ns/op")
			b.ReportMetric(float64(ours)/float64(theirs), "x-floor")
		})
	}
}

// bareCheck returns the signature check alone, of a prepared digest or message.
func bareCheck(signer josetest.Signer, token string) func() bool {
	end := strings.LastIndexByte(token, '.')
	signed := []byte(token[:end])
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		panic(err)
	}
	digest := sha256.Sum256(signed)
	switch public := signer.Private.Public().(type) {
	case *rsa.PublicKey:
		return func() bool { return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil }
	case *ecdsa.PublicKey:
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return func() bool { return ecdsa.Verify(public, digest[:], r, s) }
	case ed25519.PublicKey:
		return func() bool { return ed25519.Verify(public, signed, signature) }
	default:
		panic(fmt.Sprintf("%T", public))
	}
}

func goodClaims(now time.Time) string {
	return fmt.Sprintf(`{"iss":"https://id.example.com","sub":"01JABCDEFGHJKMNPQRSTVWXYZ0","aud":["https://api.example.com","https://id.example.com"],`+
		`"client_id":"demo","jti":"2YOTNFZFEJR1ZCSICMWPAAQWER","iat":%d,"exp":%d,"scope":"openid profile email read:things"}`,
		now.Unix(), now.Add(time.Hour).Unix())
}

func newVerifier(tb testing.TB, signer josetest.Signer) *verify.AccessTokens {
	tb.Helper()
	set, err := jose.NewSet(signer.Key("kid-2025"))
	if err != nil {
		tb.Fatal(err)
	}
	v, err := verify.NewAccessTokens(verify.Policy{
		Issuer: "https://id.example.com", Audience: []string{"https://api.example.com"},
		Algs: []oauth.Alg{signer.Alg}, MaxLifetime: 24 * time.Hour,
	}, verify.StaticKeys(set))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}
