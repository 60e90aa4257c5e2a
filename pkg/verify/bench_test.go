package verify_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// BenchmarkVerify verifies an RFC 9068 token with all checks, beside the bare
// signature check of the standard library, whose input is prepared. In x-floor
// the two take turns, so that a machine that slows down slows both.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range []oauth.Alg{oauth.ES256, oauth.RS256, oauth.EdDSA} {
		signer := josetest.New(alg)
		token := signer.Token("at+jwt", "k1", claims(b, change{"sub": `"01JABCDEFGHJKMNPQRSTVWXYZ0"`, "jti": `"2YOTNFZFEJR1ZCSICMWPAAQWER"`}))
		v := newVerifier(b, signer)
		ours := func() bool { _, err := v.Verify(b.Context(), token); return err == nil }
		floor := bareCheck(signer, token)
		b.Run(string(alg)+"/ours", func(b *testing.B) { repeatedly(b, ours) })
		b.Run(string(alg)+"/floor", func(b *testing.B) { repeatedly(b, floor) })
		b.Run(string(alg)+"/x-floor", func(b *testing.B) { inTurns(b, ours, floor) })
	}
}

func repeatedly(b *testing.B, check func() bool) {
	b.ReportAllocs()
	for b.Loop() {
		if !check() {
			b.Fatal("refused")
		}
	}
}

// inTurns reports how many times as long ours takes as floor: the medians, which
// forget the moments when the machine did something else.
func inTurns(b *testing.B, ours, floor func() bool) {
	var took, floorTook []time.Duration
	for b.Loop() {
		start := time.Now()
		good := ours()
		middle := time.Now()
		good = floor() && good
		end := time.Now()
		took, floorTook = append(took, middle.Sub(start)), append(floorTook, end.Sub(middle))
		if !good {
			b.Fatal("refused")
		}
	}
	slices.Sort(took)
	slices.Sort(floorTook)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "ours-ns")
	b.ReportMetric(float64(floorTook[len(floorTook)/2].Nanoseconds()), "floor-ns")
	b.ReportMetric(float64(took[len(took)/2])/float64(floorTook[len(floorTook)/2]), "x-floor")
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
		der, err := asn1.Marshal([]*big.Int{new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])})
		if err != nil {
			panic(err)
		}
		return func() bool { return ecdsa.VerifyASN1(public, digest[:], der) }
	case ed25519.PublicKey:
		return func() bool { return ed25519.Verify(public, signed, signature) }
	default:
		panic(fmt.Sprintf("%T", public))
	}
}
