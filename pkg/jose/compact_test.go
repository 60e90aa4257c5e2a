package jose_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestJ11Base64(t *testing.T) {
	// The header and the payload hold - and _ when written, so that the other
	// alphabet differs.
	signer := josetest.New(oauth.HS256)
	key := signer.Key("")
	token := signer.Compact(`{"alg":"HS256","x":"????>>>>"}`, `{"sub":"~~~???>>>"}`)
	if err := judge(token, key); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	for i := range parts {
		for name, change := range map[string]func(string) string{
			"padding":          func(s string) string { return s + "=" },
			"full padding":     func(s string) string { return s + strings.Repeat("=", (4-len(s)%4)%4+1) },
			"line feed":        func(s string) string { return s[:4] + "\n" + s[4:] },
			"carriage return":  func(s string) string { return s[:4] + "\r" + s[4:] },
			"last line feed":   func(s string) string { return s + "\n" },
			"space before":     func(s string) string { return " " + s },
			"space after":      func(s string) string { return s + " " },
			"NUL":              func(s string) string { return s + "\x00" },
			"beyond ASCII":     func(s string) string { return s + "é" },
			"one letter alone": func(s string) string { return s + strings.Repeat("A", (5-len(s)%4)%4) },
		} {
			changed := append([]string(nil), parts...)
			changed[i] = change(parts[i])
			// Signed as changed, so that nothing but the reading of base64 can refuse it.
			again := strings.Join(changed, ".")
			if i < 2 {
				again = signer.Seal(changed[0] + "." + changed[1])
			}
			if judge(again, key) == nil {
				t.Errorf("part %d with %s is accepted", i, name)
			}
		}
	}
	for _, other := range []string{"+", "/"} {
		if judge(signer.Seal(strings.NewReplacer("-", other, "_", other).Replace(parts[0]+"."+parts[1])), key) == nil {
			t.Errorf("the alphabet with %s is accepted", other)
		}
	}
	// Bits that are thrown away must be zero, or one token has many spellings.
	for _, last := range "BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		spelled := token[:len(token)-1] + string(last)
		if spelled != token && judge(spelled, key) == nil {
			t.Errorf("unused bits: a signature ending in %c is accepted as well", last)
		}
	}
}

func TestJ12Dots(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	token := signer.Token("", "", payload)
	for name, bad := range map[string]string{
		"none":         strings.ReplaceAll(token, ".", ""),
		"one":          strings.Replace(token, ".", "", 1),
		"three":        token + ".",
		"three inside": strings.Replace(token, ".", "..", 1),
		"four, a JWE":  "a." + token + ".a",
		"many":         strings.Repeat(".", 1_000_000),
		"nothing else": "..",
		"empty":        "",
	} {
		if _, err := jose.ParseCompact(bad, 2<<20); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// Refusing a million dots costs no memory for a million parts.
	dots := strings.Repeat(".", 1_000_000)
	if allocated := testing.AllocsPerRun(5, func() { _, _ = jose.ParseCompact(dots, 2<<20) }); allocated > 5 {
		t.Errorf("%v allocations for a token of dots", allocated)
	}
}

func TestJ13JSONSerializations(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	parts := strings.Split(signer.Token("", "", payload), ".")
	flat := `"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"`
	general := `{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`
	for _, bad := range []string{
		"{" + flat + "}", general, "{" + flat + `,"header":{"kid":"k.k.k"}}`, " {" + flat + "}",
		`{"` + parts[0] + `":1,"x":"` + "." + parts[1] + "." + parts[2] + `"}`,
	} {
		if judge(bad, signer.Key("")) == nil {
			t.Errorf("%.40s is accepted", bad)
		}
	}
}

func TestJ23Length(t *testing.T) {
	signer := josetest.New(oauth.HS256)
	long := func(n int) string { return signer.Token("", "", `{"x":"`+strings.Repeat("x", n)+`"}`) }
	for _, limit := range []int{jose.MaxAccessTokenBytes, jose.MaxAssertionBytes} {
		n := limit / 4 * 3
		for len(long(n)) > limit {
			n--
		}
		if _, err := jose.ParseCompact(long(n), limit); err != nil {
			t.Errorf("%d bytes: %v", len(long(n)), err)
		}
		for _, n := range []int{n + 4, 1 << 20} {
			if _, err := jose.ParseCompact(long(n), limit); err == nil {
				t.Errorf("%d bytes are accepted, over %d", len(long(n)), limit)
			}
		}
	}
}

// Encryption is not supported at all, so that its threats have nothing to work on.
// encrypted has a parser refuse each header, with every rest that a JWE may have, and
// demands one error text for all, and no panic.
func encrypted(t *testing.T, headers map[string]string) {
	t.Helper()
	key := josetest.New(oauth.RS256).Key("")
	texts := map[string]bool{}
	for name, header := range headers {
		for _, rest := range []string{"..AAAA.AAAA.AAAA", ".AAAA.AAAA.AAAA.AAAA", "....", ".AAAA.AAAA"} {
			err := judge(josetest.Encode([]byte(header))+rest, key)
			if err == nil {
				t.Fatalf("%s is accepted", name)
			}
			if strings.Count(rest, ".") == 4 {
				texts[err.Error()] = true
			}
		}
	}
	if len(texts) != 1 {
		t.Errorf("the refusals tell more than one thing: %v", texts)
	}
}

func TestJ33APasswordsIterations(t *testing.T) {
	encrypted(t, map[string]string{
		"two billion": `{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2s":"c2FsdHNhbHQ","p2c":2000000000}`,
		"one":         `{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2s":"c2FsdHNhbHQ","p2c":1}`,
	})
}

func TestJ34ACompressionBomb(t *testing.T) {
	encrypted(t, map[string]string{
		"direct":      `{"alg":"dir","enc":"A128GCM","zip":"DEF"}`,
		"for a key":   `{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":"DEF"}`,
		"another zip": `{"alg":"dir","enc":"A128GCM","zip":"GZ"}`,
	})
}

func TestJ35AnEmptyEncryptedKey(t *testing.T) {
	encrypted(t, map[string]string{
		"A128KW":    `{"alg":"A128KW","enc":"A128GCM"}`,
		"A256KW":    `{"alg":"A256KW","enc":"A256CBC-HS512"}`,
		"A256GCMKW": `{"alg":"A256GCMKW","enc":"A256GCM","iv":"","tag":""}`,
		"ECDH":      `{"alg":"ECDH-ES+A128KW","enc":"A128GCM"}`,
	})
}

func TestJ36NoOracleForPaddingOrCurves(t *testing.T) {
	encrypted(t, map[string]string{
		"RSA1_5":            `{"alg":"RSA1_5","enc":"A128CBC-HS256"}`,
		"RSA-OAEP":          `{"alg":"RSA-OAEP","enc":"A256GCM"}`,
		"CBC":               `{"alg":"dir","enc":"A128CBC-HS256"}`,
		"a point off curve": `{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}`,
	})
}
