package keys

import (
	"crypto/elliptic"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// curve is what the form of its signatures depends on.
type curve struct {
	order *big.Int
	size  int // of R and of S, in bytes
}

var p256 = curve{elliptic.P256().Params().N, 32}

// fixedECDSA turns a signature in DER, a SEQUENCE of two INTEGERs (RFC 3279
// §2.2.3), into R and S at the full length of the curve's order, which is what a
// JWS holds (RFC 7518 §3.4). DER leaves leading zeros out, so one signature in 128
// is shorter than the others: padding it wrongly breaks tokens at random.
func fixedECDSA(der []byte, c curve) ([]byte, error) {
	input := cryptobyte.String(der)
	var pair cryptobyte.String
	r, s := new(big.Int), new(big.Int)
	if !input.ReadASN1(&pair, asn1.SEQUENCE) || !input.Empty() ||
		!pair.ReadASN1Integer(r) || !pair.ReadASN1Integer(s) || !pair.Empty() {
		return nil, errors.New("keys: an ECDSA signature that is not in DER")
	}
	for _, n := range []*big.Int{r, s} {
		if n.Sign() <= 0 || n.Cmp(c.order) >= 0 { // FIPS 186-5 §6.4.2
			return nil, errors.New("keys: an ECDSA signature out of range")
		}
	}
	fixed := make([]byte, 2*c.size)
	r.FillBytes(fixed[:c.size])
	s.FillBytes(fixed[c.size:])
	return fixed, nil
}
