package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// withKey is a header that brings a JWK.
func withKey(alg oauth.Alg, jwk, more string) string {
	return fmt.Sprintf(`{"typ":"dpop+jwt","alg":%q,"jwk":%s%s}`, alg, jwk, more)
}

// without removes members of a JWK.
func without(t *testing.T, jwk string, names ...string) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(jwk), &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		delete(members, name)
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestProofsByEveryAlgorithm(t *testing.T) {
	for _, alg := range josetest.Algs() {
		signer := josetest.New(alg)
		for name, jwk := range map[string]string{
			"with kid and alg": signer.JWK("k1", `"use":"sig","key_ops":["verify"],"ext":true`),
			"bare":             without(t, signer.JWK("", ""), "alg", "kid"),
		} {
			proof, err := jose.ParseProof(signer.Compact(withKey(alg, jwk, `,"kid":"any one"`), payload), jose.MaxProofBytes)
			if alg.Symmetric() {
				if err == nil {
					t.Errorf("%s, %s: a shared key proves something", alg, name)
				}
				continue
			}
			if err != nil || proof.Type != "dpop+jwt" || string(proof.Payload) != payload || proof.Key.Thumbprint() != signer.Key("").Thumbprint() {
				t.Errorf("%s, %s: got %+v, %v", alg, name, proof, err)
			}
		}
	}
}

func TestJ07ToJ21KeysInAHeaderAreJudgedAsAnyOther(t *testing.T) {
	signer, other := josetest.New(oauth.ES256), josetest.New(oauth.ES256)
	jwk := signer.JWK("", "")
	private := signer.Private.(*ecdsa.PrivateKey)
	d, err := private.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := withKey(oauth.ES256, jwk, "")
	if _, err := jose.ParseProof(signer.Compact(good, payload), jose.MaxProofBytes); err != nil {
		t.Fatal(err)
	}
	rsaJWK := func(n, e string) string { return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, n, e) }
	n := josetest.Encode(weak.N.Bytes())
	for name, header := range map[string]string{
		"no jwk":                           `{"typ":"dpop+jwt","alg":"ES256"}`,
		"jwk is text":                      withKey(oauth.ES256, `"key"`, ""),
		"jwk is null":                      withKey(oauth.ES256, `null`, ""),
		"jwk is an array of keys":          withKey(oauth.ES256, "["+jwk+"]", ""),
		"jwk is a set":                     withKey(oauth.ES256, josetest.JWKS(jwk), ""),
		"J07 jku beside it":                withKey(oauth.ES256, jwk, `,"jku":"https://id.example.com"`),
		"J07 x5c beside it":                withKey(oauth.ES256, jwk, `,"x5c":[]`),
		"J08 crit":                         withKey(oauth.ES256, jwk, `,"crit":["jwk"]`),
		"J09 b64":                          withKey(oauth.ES256, jwk, `,"b64":false`),
		"J10 jwk twice":                    withKey(oauth.ES256, other.JWK("", ""), `,"jwk":`+jwk),
		"J14 cty":                          withKey(oauth.ES256, jwk, `,"cty":"JWT"`),
		"O19 the private half":             withKey(oauth.ES256, signer.JWK("", `"d":"`+josetest.Encode(d)+`"`), ""),
		"O19 a private half that is empty": withKey(oauth.ES256, signer.JWK("", `"d":""`), ""),
		"O19 a prime":                      withKey(oauth.ES256, signer.JWK("", `"p":"AQ"`), ""),
		"O19 a shared key inside":          withKey(oauth.ES256, signer.JWK("", `"k":"AQ"`), ""),
		"J01 alg none":                     withKey("none", jwk, ""),
		"J02 alg is not the key's":         withKey(oauth.RS256, jwk, ""),
		"J02 jwk is for another alg":       withKey(oauth.ES256, strings.Replace(jwk, `"ES256"`, `"ES384"`, 1), ""),
		"J02 no alg":                       `{"typ":"dpop+jwt","jwk":` + jwk + `}`,
		"another's key":                    withKey(oauth.ES256, other.JWK("", ""), ""),
		"J06 kid of 129 characters":        withKey(oauth.ES256, jwk, `,"kid":"`+strings.Repeat("k", 129)+`"`),
		"J19 e is even":                    withKey(oauth.RS256, rsaJWK(n, "AQAA"), ""),
		"J19 e is 1":                       withKey(oauth.RS256, rsaJWK(n, "AQ"), ""),
		"J19 1024 bits":                    withKey(oauth.RS256, rsaJWK(josetest.Encode(weak.N.Bytes()[:128]), "AQAB"), ""),
		"J20 4104 bits":                    withKey(oauth.RS256, rsaJWK(josetest.Encode(slices.Concat(weak.N.Bytes(), weak.N.Bytes(), []byte{1})), "AQAB"), ""),
		"J21 a point off the curve":        withKey(oauth.ES256, strings.Replace(jwk, `"y":"`, `"y":"AA`, 1), ""),
		"J21 a curve of another alg": withKey(oauth.ES256,
			josetest.Signer{Alg: oauth.ES256, Private: p384}.JWK("", ""), ""),
		"J21 a key for encryption": withKey(oauth.ES256, signer.JWK("", `"use":"enc"`), ""),
		"J21 key_ops sign":         withKey(oauth.ES256, signer.JWK("", `"key_ops":["sign"]`), ""),
	} {
		if proof, err := jose.ParseProof(signer.Compact(header, payload), jose.MaxProofBytes); err == nil {
			t.Errorf("%s: got %+v", name, proof)
		}
	}
	token := signer.Compact(good, payload)
	for name, text := range map[string]string{
		"J23 longer than 4 kB":              signer.Compact(withKey(oauth.ES256, jwk, `,"x":"`+strings.Repeat("x", jose.MaxProofBytes)+`"`), payload),
		"J11 padding":                       token + "=",
		"J12 four parts":                    token + ".",
		"J13 JSON":                          `{"payload":"","signatures":[]}`,
		"two, joined as format 2.0 does it": token + "," + token,
		"the signature's end is off":        token[:len(token)-4] + "AAAA",
		"nothing":                           "",
	} {
		if proof, err := jose.ParseProof(text, jose.MaxProofBytes); err == nil {
			t.Errorf("%s: got %+v", name, proof)
		}
	}
}

func TestJ02AKeyThatNamesItsAlgorithmProvesByNoOther(t *testing.T) {
	signer := josetest.New(oauth.PS256)
	for named, good := range map[oauth.Alg]bool{oauth.PS256: true, oauth.RS256: false, oauth.ES256: false} {
		jwk := josetest.Signer{Alg: named, Private: signer.Private}.JWK("", "")
		if _, err := jose.ParseProof(signer.Compact(withKey(oauth.PS256, jwk, ""), payload), jose.MaxProofBytes); (err == nil) != good {
			t.Errorf("%s: got %v, want good %v", named, err, good)
		}
	}
}

func TestJ07OnlyProofsBringTheirKey(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	token := signer.Compact(withKey(oauth.ES256, signer.JWK("", ""), ""), payload)
	if _, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes); err == nil {
		t.Error("ParseCompact takes it")
	}
	if _, err := jose.ParseForeignCompact(token, jose.MaxAccessTokenBytes); err == nil {
		t.Error("ParseForeignCompact takes it")
	}
}

// A proof that is read was made by the key in it, which is a public one, and names no
// shared algorithm.
func FuzzParseProof(f *testing.F) {
	signer := josetest.New(oauth.ES256)
	f.Add(withKey(oauth.ES256, signer.JWK("", ""), ""), payload)
	f.Add(withKey(oauth.ES256, signer.JWK("", `"d":"AQ"`), ""), payload)
	f.Add(`{"alg":"ES256","jwk":{"kty":"oct","k":"AQ"}}`, payload)
	f.Fuzz(func(t *testing.T, header, payload string) {
		proof, err := jose.ParseProof(signer.Compact(header, payload), jose.MaxProofBytes)
		if err != nil {
			return
		}
		if proof.Key.Thumbprint() != signer.Key("").Thumbprint() || proof.Key.Alg() != oauth.ES256 || string(proof.Payload) != payload {
			t.Fatalf("%s: got %+v", header, proof)
		}
	})
}
