package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestJ03PublicKeyAsSecret(t *testing.T) {
	for _, alg := range []oauth.Alg{oauth.RS256, oauth.PS256, oauth.ES256, oauth.EdDSA} {
		signer := josetest.New(alg)
		der, err := x509.MarshalPKIXPublicKey(signer.Private.Public())
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range map[string][]byte{
			"DER": der,
			"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
			"JWK": []byte(signer.JWK("", "")),
		} {
			forger := josetest.Signer{Alg: oauth.HS256, Secret: secret}
			if judge(forger.Token("at+jwt", "", payload), signer.Key("")) == nil {
				t.Errorf("%s: the %s serves as secret", alg, name)
			}
		}
		if _, err := jose.NewPublicKey("", oauth.HS256, signer.Private.Public()); err == nil {
			t.Errorf("%s: the key can be had for HS256", alg)
		}
		if _, err := jose.ParseKey([]byte(strings.Replace(signer.JWK("", ""), string(alg), "HS256", 1))); err == nil {
			t.Errorf("%s: the JWK can be had for HS256", alg)
		}
	}
}

func TestJ15ECDSASignatures(t *testing.T) {
	for _, alg := range []oauth.Alg{oauth.ES256, oauth.ES384} {
		signer := josetest.New(alg)
		private := signer.Private.(*ecdsa.PrivateKey)
		order, field := private.Params().N, (private.Params().BitSize+7)/8
		signed := josetest.Encode([]byte(`{"alg":"`+alg+`"}`)) + "." + josetest.Encode([]byte(payload))
		good := signer.Signature([]byte(signed))
		r, s := new(big.Int).SetBytes(good[:field]), new(big.Int).SetBytes(good[field:])
		raw := func(r, s *big.Int) []byte {
			return slices.Concat(r.FillBytes(make([]byte, field)), s.FillBytes(make([]byte, field)))
		}
		digest := crypto.SHA256.New()
		if alg == oauth.ES384 {
			digest = sha512.New384()
		}
		digest.Write([]byte(signed))
		der, err := ecdsa.SignASN1(rand.Reader, private, digest.Sum(nil))
		if err != nil {
			t.Fatal(err)
		}
		zero, one := new(big.Int), big.NewInt(1)
		for name, signature := range map[string][]byte{
			"r is 0": raw(zero, s), "s is 0": raw(r, zero), "both are 0": raw(zero, zero), "both are 1": raw(one, one),
			"r is n": raw(order, s), "s is n": raw(r, order), "both are n": raw(order, order),
			"r is 0, s is n": raw(zero, order), "r and s swapped": raw(s, r),
			"DER": der, "empty": nil, "one byte": {0}, "r alone": good[:field],
			"short": good[:2*field-1], "long": append(slices.Clone(good), 0),
			"zero in front": slices.Concat([]byte{0}, good), "each with zero in front": slices.Concat([]byte{0}, good[:field], []byte{0}, good[field:]),
			"ones":                 slices.Repeat([]byte{0xff}, 2*field),
			"s with zero in front": slices.Concat(good[:field], []byte{0}, good[field:]),
		} {
			if judge(signed+"."+josetest.Encode(signature), signer.Key("")) == nil {
				t.Errorf("%s: %s is accepted", alg, name)
			}
		}
		if err := judge(signed+"."+josetest.Encode(good), signer.Key("")); err != nil {
			t.Error(err)
		}
	}
}

// The twin is good by RFC 7518 §3.4, as by every other verifier: whoever must
// recognise a token again goes by its jti.
func TestJ16ECDSATwinIsGood(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	token := signer.Token("", "", payload)
	signed := token[:strings.LastIndexByte(token, '.')]
	good := signer.Signature([]byte(signed))
	s := new(big.Int).SetBytes(good[32:])
	s.Sub(signer.Private.(*ecdsa.PrivateKey).Params().N, s).FillBytes(good[32:])
	if err := judge(signed+"."+josetest.Encode(good), signer.Key("")); err != nil {
		t.Error(err)
	}
}

// Numbers with zeros in front and numbers with the top bit set take other paths
// into DER.
func TestECDSASignaturesOfEveryShape(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	for range 600 {
		if token := signer.Token("", "", payload); judge(token, signer.Key("")) != nil {
			t.Fatalf("%s is refused", token)
		}
	}
}

func TestJ17PSSSaltLength(t *testing.T) {
	signer := josetest.New(oauth.PS256)
	private := signer.Private.(*rsa.PrivateKey)
	signed := josetest.Encode([]byte(`{"alg":"PS256"}`)) + "." + josetest.Encode([]byte(payload))
	digest := sha256.Sum256([]byte(signed))
	for length, good := range map[int]bool{32: true, 1: false, 20: false, 31: false, 33: false, 64: false, rsa.PSSSaltLengthAuto: false} {
		signature, err := rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: length})
		if err != nil {
			t.Fatal(err)
		}
		err = judge(signed+"."+josetest.Encode(signature), signer.Key(""))
		if (err == nil) != good {
			t.Errorf("salt of %d bytes: got %v, want good %v", length, err, good)
		}
	}
}

func TestJ18PKCS1Padding(t *testing.T) {
	signer := josetest.New(oauth.RS256)
	private := signer.Private.(*rsa.PrivateKey)
	signed := josetest.Encode([]byte(`{"alg":"RS256"}`)) + "." + josetest.Encode([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	digest := sum[:]
	prefix := []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
	ones := func(n int) []byte { return slices.Repeat([]byte{0xff}, n) }
	without := func(i int, to ...byte) []byte { return slices.Concat(prefix[:i], to, prefix[i+1:]) }
	const size = 256
	// Each is the block that the signature raises to, the bytes after 00 01.
	blocks := map[string][]byte{
		"garbage at the end":    slices.Concat(ones(8), []byte{0}, prefix, digest, make([]byte, size-2-9-len(prefix)-32)),
		"garbage of ones":       slices.Concat(ones(8), []byte{0}, prefix, digest, ones(size-2-9-len(prefix)-32)),
		"zeros as padding":      slices.Concat(make([]byte, size-2-1-len(prefix)-32), []byte{0}, prefix, digest),
		"one padding byte off":  slices.Concat(ones(100), []byte{0xfe}, ones(size-2-101-1-len(prefix)-32), []byte{0}, prefix, digest),
		"no separator":          slices.Concat(ones(size-2-len(prefix)-32), prefix, digest),
		"separator of one":      slices.Concat(ones(size-2-1-len(prefix)-32), []byte{1}, prefix, digest),
		"no DigestInfo":         slices.Concat(ones(size-2-1-32), []byte{0}, digest),
		"no NULL":               slices.Concat(ones(size-2-1-len(prefix)+2-32), []byte{0}, []byte{0x30, 0x2f, 0x30, 0x0b}, prefix[4:15], prefix[17:], digest),
		"another hash's name":   slices.Concat(ones(size-2-1-len(prefix)-32), []byte{0}, without(14, 2), digest),
		"long form length":      slices.Concat(ones(size-2-1-len(prefix)-1-32), []byte{0}, without(1, 0x81, 0x31), digest),
		"wrong outer length":    slices.Concat(ones(size-2-1-len(prefix)-32), []byte{0}, without(1, 0x32), digest),
		"wrong digest length":   slices.Concat(ones(size-2-1-len(prefix)-32), []byte{0}, without(18, 0x1f), digest),
		"NULL with content":     slices.Concat(ones(size-2-1-len(prefix)-1-32), []byte{0}, without(16, 1, 0), digest),
		"digest one bit off":    slices.Concat(ones(size-2-1-len(prefix)-32), []byte{0}, prefix, digest[:31], []byte{digest[31] ^ 1}),
		"digest of another":     slices.Concat(ones(size-2-1-len(prefix)-32), []byte{0}, prefix, make([]byte, 32)),
		"garbage in the middle": slices.Concat(ones(50), []byte{0}, make([]byte, size-2-51-len(prefix)-32), prefix, digest),
	}
	sign := func(block []byte) []byte {
		n := new(big.Int).SetBytes(block)
		return n.Exp(n, private.D, private.N).FillBytes(make([]byte, size))
	}
	for name, block := range blocks {
		if len(block) != size-2 {
			t.Fatalf("%s: %d bytes", name, len(block))
		}
		if judge(signed+"."+josetest.Encode(sign(slices.Concat([]byte{0, 1}, block))), signer.Key("")) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	right := slices.Concat(ones(size-2-1-len(prefix)-32), []byte{0}, prefix, digest)
	good := sign(slices.Concat([]byte{0, 1}, right))
	if err := judge(signed+"."+josetest.Encode(good), signer.Key("")); err != nil {
		t.Fatal(err)
	}
	beyond := new(big.Int).Add(new(big.Int).SetBytes(good), private.N)
	for name, signature := range map[string][]byte{
		"block type 0": sign(slices.Concat([]byte{0, 0}, right)), "block type 2": sign(slices.Concat([]byte{0, 2}, right)),
		"zero in front": slices.Concat([]byte{0}, good), "short": good[1:], "zeros": make([]byte, size), "one": append(make([]byte, size-1), 1),
		"empty": nil, "plus the modulus": beyond.Bytes(),
	} {
		if judge(signed+"."+josetest.Encode(signature), signer.Key("")) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
