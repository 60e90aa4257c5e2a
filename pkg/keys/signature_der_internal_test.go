package keys

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"math/big"
	"testing"
)

func TestFixedECDSA(t *testing.T) {
	n := elliptic.P256().Params().N
	one := big.NewInt(1)
	der := func(r, s *big.Int) []byte {
		b, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	small := make([]byte, 64)
	small[31], small[63] = 1, 2
	for name, c := range map[string]struct {
		der  []byte
		want []byte
	}{
		"leading zeros are filled in":  {der(one, big.NewInt(2)), small},
		"R is zero":                    {der(new(big.Int), one), nil},
		"S is zero":                    {der(one, new(big.Int)), nil},
		"R is the order":               {der(n, one), nil},
		"S is beyond the order":        {der(one, new(big.Int).Lsh(n, 8)), nil},
		"R is negative":                {der(big.NewInt(-1), one), nil},
		"a zero too many before R":     {[]byte{0x30, 7, 2, 2, 0, 1, 2, 1, 1}, nil},
		"a length longer than needed":  {[]byte{0x30, 0x81, 6, 2, 1, 1, 2, 1, 1}, nil},
		"an indefinite length":         {[]byte{0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0}, nil},
		"a third integer":              {[]byte{0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1}, nil},
		"one integer":                  {[]byte{0x30, 3, 2, 1, 1}, nil},
		"something after the sequence": {append(der(one, one), 0), nil},
		"cut off":                      {der(one, one)[:7], nil},
		"a set":                        {[]byte{0x31, 6, 2, 1, 1, 2, 1, 1}, nil},
		"nothing":                      {nil, nil},
	} {
		got, err := fixedECDSA(c.der, p256)
		if (err == nil) != (c.want != nil) || !bytes.Equal(got, c.want) {
			t.Errorf("%s: got %x, %v, want %x", name, got, err, c.want)
		}
	}
}

// FuzzFixedECDSA: what is taken has one form in DER, the one that came in, and R
// and S are below the curve's order.
func FuzzFixedECDSA(f *testing.F) {
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1})
	f.Add([]byte{0x30, 0x81, 6, 2, 1, 1, 2, 1, 1})
	f.Fuzz(func(t *testing.T, der []byte) {
		fixed, err := fixedECDSA(der, p256)
		if err != nil {
			return
		}
		r, s := new(big.Int).SetBytes(fixed[:32]), new(big.Int).SetBytes(fixed[32:])
		if r.Cmp(p256.order) >= 0 || s.Cmp(p256.order) >= 0 || len(fixed) != 64 {
			t.Errorf("got %x", fixed)
		}
		if again, err := asn1.Marshal(struct{ R, S *big.Int }{r, s}); err != nil || !bytes.Equal(again, der) {
			t.Errorf("took %x, which is %x in DER", der, again)
		}
	})
}
