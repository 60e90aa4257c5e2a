package jose_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const payload = `{"sub":"alice"}`

// judge parses and verifies, as one question.
func judge(token string, key jose.Key) error {
	jws, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	if err != nil {
		return err
	}
	return jws.Verify(key)
}

func TestGoodTokens(t *testing.T) {
	for _, alg := range josetest.Algs() {
		t.Run(string(alg), func(t *testing.T) {
			signer := josetest.New(alg)
			jws, err := jose.ParseCompact(signer.Token("at+jwt", "k1", payload), jose.MaxAccessTokenBytes)
			if err != nil {
				t.Fatal(err)
			}
			if want := (jose.Header{Alg: alg, KeyID: "k1", Type: "at+jwt"}); jws.Header != want {
				t.Errorf("got %+v, want %+v", jws.Header, want)
			}
			if string(jws.Payload) != payload {
				t.Errorf("got %s", jws.Payload)
			}
			parsed, err := jose.ParseKey([]byte(signer.JWK("k1", "")))
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range []jose.Key{signer.Key("k1"), parsed} {
				if err := jws.Verify(key); err != nil {
					t.Error(err)
				}
			}
			if err := jws.Verify(josetest.New(oauth.EdDSA).Key("k1")); err == nil {
				t.Error("another key accepts it")
			}
			if err := jws.Verify(jose.Key{}); err == nil {
				t.Error("the zero key accepts it")
			}
		})
	}
}

func TestJ01AlgNone(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	signed := signer.Token("at+jwt", "", payload)
	signature := signed[strings.LastIndexByte(signed, '.')+1:]
	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		head := josetest.Encode(fmt.Appendf(nil, `{"alg":%q,"typ":"at+jwt"}`, alg)) + "." + josetest.Encode([]byte(payload)) + "."
		for _, token := range []string{head, head + signature} {
			for _, key := range []jose.Key{signer.Key(""), {}} {
				if judge(token, key) == nil {
					t.Errorf("alg %q is accepted", alg)
				}
			}
		}
	}
	// An empty signature under every real algorithm.
	for _, alg := range josetest.Algs() {
		signer := josetest.New(alg)
		token := signer.Token("at+jwt", "", payload)
		if judge(token[:strings.LastIndexByte(token, '.')+1], signer.Key("")) == nil {
			t.Errorf("%s: an empty signature is accepted", alg)
		}
	}
}

func TestJ02HeaderAlgIsNotTheKeys(t *testing.T) {
	for _, alg := range josetest.Algs() {
		signer := josetest.New(alg)
		for _, header := range []string{
			`{"alg":"none"}`, `{"alg":"HS256"}`, `{"alg":"ES384"}`, `{"alg":"RS256"}`, `{"alg":"PS256"}`, `{}`,
			`{"alg":null}`, `{"alg":1}`, `{"alg":["` + string(alg) + `"]}`, `{"alg":"` + strings.ToLower(string(alg)) + `"}`,
			`{"ALG":"` + string(alg) + `"}`, `{"alg":"` + string(alg) + ` "}`,
		} {
			if strings.Contains(header, `:"`+string(alg)+`"`) && !strings.Contains(header, "ALG") {
				continue
			}
			if judge(signer.Compact(header, payload), signer.Key("")) == nil {
				t.Errorf("%s key: header %s is accepted", alg, header)
			}
		}
	}
}

func TestJ06KeyID(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	for kid, good := range map[string]bool{
		"2025-01.a_b~c":                 true,
		"AZ09":                          true,
		strings.Repeat("k", 128):        true,
		strings.Repeat("k", 129):        false,
		strings.Repeat("k", 5_000):      false,
		"../../etc/passwd":              false,
		"k' OR '1'='1":                  false,
		"k\x00":                         false,
		"$(reboot)":                     false,
		"k\nlevel=info msg=forged":      false,
		"\u212a":                        false,
		"http://169.254.169.254/latest": false,
	} {
		quoted, err := json.Marshal(kid)
		if err != nil {
			t.Fatal(err)
		}
		err = judge(signer.Compact(`{"alg":"ES256","kid":`+string(quoted)+`}`, payload), signer.Key(""))
		if (err == nil) != good {
			t.Errorf("kid %.20q: got %v, want good %v", kid, err, good)
		}
		_, err = jose.NewPublicKey(kid, oauth.ES256, signer.Private.Public())
		if (err == nil) != good {
			t.Errorf("a key called %.20q: got %v, want good %v", kid, err, good)
		}
		_, err = jose.NewSecretKey(kid, make([]byte, 32))
		if (err == nil) != good {
			t.Errorf("a secret called %.20q: got %v, want good %v", kid, err, good)
		}
	}
	for _, kid := range []string{`1`, `null`, `["k"]`, `{}`, `true`} {
		if judge(signer.Compact(`{"alg":"ES256","kid":`+kid+`}`, payload), signer.Key("")) == nil {
			t.Errorf("kid %s is accepted", kid)
		}
	}
}

// refusedHeaders wants headers with these members beside alg to be refused, under
// a signature that is good.
func refusedHeaders(t *testing.T, members ...string) {
	t.Helper()
	signer := josetest.New(oauth.ES256)
	for _, more := range members {
		header := `{"alg":"ES256",` + more + `}`
		if judge(signer.Compact(header, payload), signer.Key("")) == nil {
			t.Errorf("%.60s is accepted", header)
		}
	}
}

func TestJ07EmbeddedKeys(t *testing.T) {
	jwk := josetest.New(oauth.ES256).JWK("k", "")
	refusedHeaders(t, `"jwk":`+jwk, `"jku":"https://id.example.com/jwks.json"`, `"x5u":"https://id.example.com/cert"`, `"x5c":["MII"]`,
		`"jwk":null`, `"jku":""`, `"x5c":[]`, `"\u006awk":{}`)
}

func TestJ08Crit(t *testing.T) {
	refusedHeaders(t, `"crit":["exp"]`, `"crit":[]`, `"crit":["missing"]`, `"crit":["alg"]`, `"crit":"exp"`, `"crit":null`)
}

func TestJ09UnencodedPayload(t *testing.T) {
	refusedHeaders(t, `"b64":false`, `"b64":true`, `"b64":false,"crit":["b64"]`)
}

func TestJ10RepeatedHeaderMembers(t *testing.T) {
	refusedHeaders(t, `"kid":"a","kid":"a"`, `"alg":"ES256"`, `"\u0061lg":"none"`, `"x":{"a":1,"a":2}`, `"x":[[{"a":1,"\u0061":1}]]`)
}

func TestJ14NestedTokens(t *testing.T) {
	refusedHeaders(t, `"cty":"JWT"`, `"cty":"jwt"`, `"cty":"application/jwt"`, `"cty":"application/JOSE"`, `"cty":"at+jwt"`, `"cty":1`)
}

func TestJ23BigHeaders(t *testing.T) {
	refusedHeaders(t, manyMembers(16), manyMembers(400), `"x":`+strings.Repeat("[", 8)+strings.Repeat("]", 8))
}

func TestJ34EncryptionMembers(t *testing.T) { refusedHeaders(t, `"zip":"DEF"`, `"enc":"A256GCM"`) }

func TestTypIsAString(t *testing.T) { refusedHeaders(t, `"typ":1`, `"typ":null`, `"typ":["at+jwt"]`) }

func TestUnusualHeaders(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	for _, more := range []string{manyMembers(15), `"x5t":"abc"`, `"cty":"text/plain"`, `"x":[[[[[[[]]]]]]]`} {
		header := `{"alg":"ES256",` + more + `}`
		if err := judge(signer.Compact(header, payload), signer.Key("")); err != nil {
			t.Errorf("%.60s: %v", header, err)
		}
	}
}

func manyMembers(n int) string {
	members := make([]string, n)
	for i := range n {
		members[i] = fmt.Sprintf(`"m%d":0`, i)
	}
	return strings.Join(members, ",")
}
