package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// accessToken is what a token endpoint signs (RFC 9068 §2.2).
type accessToken struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	Expires  int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	ID       string   `json:"jti"`
	ClientID string   `json:"client_id"`
	Scope    string   `json:"scope"`
}

func sampleClaims() accessToken {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix()
	return accessToken{
		Issuer: "https://id.example.com", Subject: "01JGK3V3M3M7C2Y8W1B8Q0T5ZR",
		Audience: []string{"https://api.example.com", "https://id.example.com"},
		Expires:  now + 3600, IssuedAt: now, ID: "K7QXV2T4N5B6M3L8P9R1S0D2F4", ClientID: "web-app",
		Scope: "openid profile email orders:read orders:write",
	}
}

// BenchmarkSign mints an access token beside the bare signature of as many bytes,
// which is the floor, in one run.
func BenchmarkSign(b *testing.B) {
	ring := openRing(b, openTable(b), keys.Policy{
		Lifetime: 48 * time.Hour, PublishAhead: 24 * time.Hour, RetireAfter: 24 * time.Hour,
		Algs: []oauth.Alg{oauth.ES256, oauth.EdDSA, oauth.RS256},
	})
	if _, err := ring.Rotate(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, alg := range ring.Algs() {
		token, err := ring.Sign(b.Context(), alg, "at+jwt", sampleClaims())
		if err != nil {
			b.Fatal(err)
		}
		input, bare := []byte(token), bareSignature(b, alg)
		b.Run(string(alg)+"/floor", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bare(input)
			}
		})
		b.Run(string(alg)+"/ostiary", func(b *testing.B) {
			b.ReportAllocs()
			claims := sampleClaims()
			for b.Loop() {
				if _, err := ring.Sign(b.Context(), alg, "at+jwt", claims); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func bareSignature(b *testing.B, alg oauth.Alg) func(input []byte) {
	b.Helper()
	private := newPrivateKey(b, alg)
	check := func(_ []byte, err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	return func(input []byte) {
		digest := sha256.Sum256(input)
		switch k := private.(type) {
		case *ecdsa.PrivateKey:
			check(ecdsa.SignASN1(rand.Reader, k, digest[:]))
		case *rsa.PrivateKey:
			check(rsa.SignPKCS1v15(nil, k, crypto.SHA256, digest[:]))
		case ed25519.PrivateKey:
			check(ed25519.Sign(k, input), nil)
		}
	}
}

// BenchmarkJWKS publishes a ring that is in memory.
func BenchmarkJWKS(b *testing.B) {
	ring := openRing(b, openTable(b), hours(48, 24, 24))
	if _, err := ring.Rotate(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.JWKS(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
