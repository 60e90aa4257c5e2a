package verify_test

import (
	"fmt"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// BenchmarkProof is what a proof costs: read, judged, remembered, most of it the
// check of its signature.
func BenchmarkProof(b *testing.B) {
	for _, alg := range verify.DPoPAlgs() {
		signer := josetest.New(alg)
		b.Run(string(alg), func(b *testing.B) {
			v := newProofs(b)
			made := make([]verify.Proven, b.N)
			for i := range made {
				made[i] = proven(signer, prove(signer, proofClaims(b, change{"jti": fmt.Sprintf(`"%d"`, i)})))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for _, p := range made {
				if _, err := v.Verify(b.Context(), p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
