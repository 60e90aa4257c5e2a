package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// odd returns an odd number of that many bits, which is all that a modulus must
// look like.
func odd(bits int) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return n.Add(n, big.NewInt(12345))
}

func rsaJWK(n *big.Int, e string) string {
	return fmt.Sprintf(`{"kty":"RSA","alg":"RS256","n":%q,"e":%q}`, josetest.Encode(n.Bytes()), e)
}

func TestJ19WeakRSAKeys(t *testing.T) {
	for name, jwk := range map[string]string{
		"512 bits":             rsaJWK(odd(512), "AQAB"),
		"1024 bits":            rsaJWK(odd(1024), "AQAB"),
		"2047 bits":            rsaJWK(odd(2047), "AQAB"),
		"no modulus":           rsaJWK(new(big.Int), "AQAB"),
		"even modulus":         rsaJWK(new(big.Int).Add(odd(2048), big.NewInt(1)), "AQAB"),
		"e is empty":           rsaJWK(odd(2048), ""),
		"e is 0":               rsaJWK(odd(2048), "AA"),
		"e is 1":               rsaJWK(odd(2048), "AQ"),
		"e is 2":               rsaJWK(odd(2048), "Ag"),
		"e is even":            rsaJWK(odd(2048), "AQAA"),
		"e is 2^31 + 1":        rsaJWK(odd(2048), josetest.Encode([]byte{0x80, 0, 0, 1})),
		"e is 2^32 + 1":        rsaJWK(odd(2048), josetest.Encode([]byte{1, 0, 0, 0, 1})),
		"e is 2^64 + 1":        rsaJWK(odd(2048), josetest.Encode([]byte{1, 0, 0, 0, 0, 0, 0, 0, 1})),
		"e is 2^64 + 2^16 + 1": rsaJWK(odd(2048), josetest.Encode([]byte{1, 0, 0, 0, 0, 0, 1, 0, 1})),
		"ROCA":                 rsaJWK(rocaModulus(), "AQAB"),
	} {
		if _, err := jose.ParseKey([]byte(jwk)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, jwk := range map[string]string{
		"2048 bits":     rsaJWK(odd(2048), "AQAB"),
		"4096 bits":     rsaJWK(odd(4096), "AQAB"),
		"e is 3":        rsaJWK(odd(2048), "Aw"),
		"e is 2^31 - 1": rsaJWK(odd(2048), josetest.Encode([]byte{0x7f, 0xff, 0xff, 0xff})),
	} {
		if _, err := jose.ParseKey([]byte(jwk)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := jose.NewPublicKey("", oauth.RS256, &rsa.PublicKey{N: odd(2048), E: 1}); err == nil {
		t.Error("NewPublicKey accepts e = 1")
	}
	if _, err := jose.NewPublicKey("", oauth.RS256, (*rsa.PublicKey)(nil)); err == nil {
		t.Error("NewPublicKey accepts nothing")
	}
}

// rocaModulus returns a number that is a power of 65537 modulo the product of the
// small primes, as the moduli of the faulty generator are.
func rocaModulus() *big.Int {
	product := big.NewInt(2)
	for prime := int64(3); prime <= 701; prime += 2 {
		if big.NewInt(prime).ProbablyPrime(20) {
			product.Mul(product, big.NewInt(prime))
		}
	}
	n := new(big.Int).Exp(big.NewInt(65537), big.NewInt(123456789), product)
	k := new(big.Int).Lsh(big.NewInt(1), 2047)
	k.Div(k, product)
	return n.Add(n, k.Add(k, big.NewInt(1)).Mul(k, product))
}

func TestJ20HugeRSAKeys(t *testing.T) {
	for _, bits := range []int{4097, 8192, 1 << 18} {
		if _, err := jose.ParseKey([]byte(rsaJWK(odd(bits), "AQAB"))); err == nil {
			t.Errorf("%d bits: accepted", bits)
		}
		if _, err := jose.NewPublicKey("", oauth.RS256, &rsa.PublicKey{N: odd(bits), E: 65537}); err == nil {
			t.Errorf("NewPublicKey: %d bits: accepted", bits)
		}
	}
}

func TestJ21KeysForSomethingElse(t *testing.T) {
	p256, p384, ed := josetest.New(oauth.ES256), josetest.New(oauth.ES384), josetest.New(oauth.EdDSA)
	change := func(jwk, from, to string) string {
		if !strings.Contains(jwk, from) {
			t.Fatalf("no %s in %s", from, jwk)
		}
		return strings.Replace(jwk, from, to, 1)
	}
	ec := func(crv string, x, y []byte) string {
		return fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q}`, crv, josetest.Encode(x), josetest.Encode(y))
	}
	g := elliptic.P256().Params()
	x, y := g.Gx.FillBytes(make([]byte, 32)), g.Gy.FillBytes(make([]byte, 32))
	for name, jwk := range map[string]string{
		"use enc":                p256.JWK("", `"use":"enc"`),
		"use unknown":            p256.JWK("", `"use":"SIG"`),
		"use number":             p256.JWK("", `"use":1`),
		"key_ops encrypt":        p256.JWK("", `"key_ops":["encrypt"]`),
		"key_ops sign":           p256.JWK("", `"key_ops":["sign"]`),
		"key_ops empty":          p256.JWK("", `"key_ops":[]`),
		"key_ops number":         p256.JWK("", `"key_ops":1`),
		"ES256 on P-384":         change(p384.JWK("", ""), "ES384", "ES256"),
		"ES384 on P-256":         change(p256.JWK("", ""), "ES256", "ES384"),
		"ES512":                  change(p256.JWK("", ""), "ES256", "ES512"),
		"RS256 on P-256":         change(p256.JWK("", ""), "ES256", "RS256"),
		"EdDSA on P-256":         change(p256.JWK("", ""), "ES256", "EdDSA"),
		"none":                   change(p256.JWK("", ""), "ES256", "none"),
		"ES256 for Ed25519":      change(ed.JWK("", ""), "EdDSA", "ES256"),
		"RSA-OAEP":               change(rsaJWK(odd(2048), "AQAB"), "RS256", "RSA-OAEP"),
		"HS256 for RSA":          change(rsaJWK(odd(2048), "AQAB"), "RS256", "HS256"),
		"alg number":             `{"kty":"OKP","crv":"Ed25519","alg":1,"x":"` + strings.Repeat("A", 43) + `"}`,
		"off the curve":          ec("P-256", x, slices.Concat(y[:31], []byte{y[31] ^ 1})),
		"infinity":               ec("P-256", make([]byte, 32), make([]byte, 32)),
		"beyond the field":       ec("P-256", slices.Repeat([]byte{255}, 32), y),
		"x too short":            ec("P-256", x[:31], y),
		"y too long":             ec("P-256", x, append([]byte{0}, y...)),
		"lengths shifted":        ec("P-256", x[:31], append([]byte{0}, y...)),
		"lengths shifted unseen": shiftedJWK(t),
		"P-256 said to be 384":   ec("P-384", x, y),
		"secp256k1":              ec("secp256k1", x, y),
		"no crv":                 ec("", x, y),
		"no y":                   `{"kty":"EC","crv":"P-256","x":"AA"}`,
		"x with padding":         change(ec("P-256", x, y), `"x":"`+josetest.Encode(x), `"x":"`+josetest.Encode(x)+"="),
		"x with a line break":    change(ec("P-256", x, y), `"x":"`, `"x":"\n`),
		"x is a number":          `{"kty":"EC","crv":"P-256","x":1,"y":1}`,
		"Ed25519 too short":      `{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`,
		"Ed25519 without x":      `{"kty":"OKP","crv":"Ed25519"}`,
		"X25519":                 `{"kty":"OKP","crv":"X25519","x":"` + strings.Repeat("A", 43) + `"}`,
		"Ed448":                  `{"kty":"OKP","crv":"Ed448","x":"` + strings.Repeat("A", 76) + `"}`,
		"unknown kty":            `{"kty":"AKP"}`, "no kty": `{}`, "kty in small": `{"kty":"ec"}`, "kty number": `{"kty":1}`,
		"private half":     p256.JWK("", `"d":"AA"`),
		"private RSA half": change(rsaJWK(odd(2048), "AQAB"), `}`, `,"d":"AA"}`),
		"no object":        `[]`,
		"kid number":       `{"kid":1,"kty":"OKP","crv":"Ed25519","x":"` + strings.Repeat("A", 43) + `"}`,
	} {
		if key, err := jose.ParseKey([]byte(jwk)); err == nil {
			t.Errorf("%s: accepted as %v", name, key)
		}
	}
	for want, jwk := range map[oauth.Alg]string{
		oauth.ES256: ec("P-256", x, y),
		oauth.ES384: change(p384.JWK("", `"use":"sig","key_ops":["sign","verify"]`), `"alg":"ES384",`, ""),
		oauth.EdDSA: change(ed.JWK("", ""), `"alg":"EdDSA",`, ""),
		oauth.RS256: change(rsaJWK(odd(2048), "AQAB"), `"alg":"RS256",`, ""),
		oauth.PS256: change(rsaJWK(odd(2048), "AQAB"), "RS256", "PS256"),
		oauth.HS256: `{"kty":"oct","k":"` + strings.Repeat("A", 43) + `"}`,
	} {
		if key, err := jose.ParseKey([]byte(jwk)); err != nil || key.Alg() != want {
			t.Errorf("%s: got %v %v", want, key, err)
		}
	}
}

// shiftedJWK returns a key whose x is a byte too short and whose y is a byte too
// long, in such a way that both together make up a point.
func shiftedJWK(t *testing.T) string {
	for {
		point, err := josetest.New(oauth.ES256).Private.Public().(*ecdsa.PublicKey).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if point[32] == 0 {
			return fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q}`, josetest.Encode(point[1:32]), josetest.Encode(point[32:]))
		}
	}
}

func TestJ21PointOffTheCurve(t *testing.T) {
	g := elliptic.P256().Params()
	//lint:ignore SA1019 nothing else makes an invalid key
	off := &ecdsa.PublicKey{Curve: elliptic.P256(), X: g.Gx, Y: g.Gx}
	if _, err := jose.NewPublicKey("", oauth.ES256, off); err == nil {
		t.Error("accepted")
	}
}

func TestJ22ShortSecrets(t *testing.T) {
	for _, n := range []int{0, 1, 16, 31} {
		if _, err := jose.NewSecretKey("", make([]byte, n)); err == nil {
			t.Errorf("%d bytes are accepted", n)
		}
		if _, err := jose.ParseKey([]byte(`{"kty":"oct","k":"` + josetest.Encode(make([]byte, n)) + `"}`)); err == nil {
			t.Errorf("a JWK of %d bytes is accepted", n)
		}
	}
	if _, err := jose.ParseKey([]byte(`{"kty":"oct","alg":"HS512","k":"` + josetest.Encode(make([]byte, 64)) + `"}`)); err == nil {
		t.Error("HS512 is accepted")
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	key, err := jose.NewSecretKey("k1", []byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.NewSet(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		fmt.Sprintf("%v %+v %#v %s %x", key, key, key, key, key), fmt.Sprintf("%v %+v %v", []jose.Key{key}, set.Keys(), &key),
		fmt.Sprintf("%v %+v %#v %x", set, set, set, set),
	} {
		if strings.Contains(s, "0123456789") || strings.Contains(s, "48 49 50") || strings.Contains(s, "30313233") || strings.Contains(s, "0x30, 0x31") {
			t.Errorf("the secret prints: %s", s)
		}
	}
}

func TestAKeySaysForWhomItSigns(t *testing.T) {
	for more, want := range map[string]string{
		"": "", `"issuer":"https://id.example.com/tenant"`: "https://id.example.com/tenant",
	} {
		key, err := jose.ParseKey([]byte(josetest.New(oauth.ES256).JWK("a", more)))
		if err != nil || key.Issuer() != want {
			t.Errorf("%s: got %q %v", more, key.Issuer(), err)
		}
	}
	if key, err := jose.ParseKey([]byte(josetest.New(oauth.ES256).JWK("a", `"issuer":1`))); err == nil {
		t.Errorf("got %v", key)
	}
}
