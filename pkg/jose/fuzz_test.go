package jose_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// What ParseClaims accepts, encoding/json accepts too and reads the same.
func FuzzParseClaims(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"sub":"alice","aud":["a","b"],"exp":1700000000.5,"n":null,"t":true,"o":{"f":false}}`, `{"a":"\ud83d\ude00\n\/"}`,
		`{"a":1,"a":2}`, `{"a":1e400}`, `{"a":-0.0e-0}`, `[1]`, "{\"a\":\"\xff\"}", `{"a":[[[[[[[]]]]]]]}`, " { } ",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		claims, err := jose.ParseClaims(doc)
		if err != nil {
			return
		}
		var want map[string]any
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", doc, err)
		}
		if !reflect.DeepEqual(map[string]any(claims), want) {
			t.Fatalf("%q: got %v, encoding/json %v", doc, claims, want)
		}
		for name := range claims {
			if date, present, err := claims.Time(name); err == nil && (!present || date.Year() < 1970 || date.Year() > 9999) {
				t.Fatalf("%q: %s is %v", doc, name, date)
			}
			if _, present, _ := claims.Strings(name); !present {
				t.Fatalf("%q: %s is not present", doc, name)
			}
		}
	})
}

// A token that is read has three parts of base64url and an algorithm of ours, and
// is what its parts say; and without its signature it does not verify.
func FuzzParseCompact(f *testing.F) {
	signer := josetest.New(oauth.ES256)
	key := signer.Key("")
	f.Add(signer.Token("at+jwt", "k1", payload))
	f.Add(josetest.New(oauth.HS256).Token("", "", payload))
	f.Add(signer.Compact(`{"alg":"none"}`, payload))
	f.Add("....")
	f.Fuzz(func(t *testing.T, token string) {
		jws, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
		if err != nil {
			return
		}
		parts := strings.Split(token, ".")
		if len(parts) != 3 || josetest.Encode(jws.Payload) != parts[1] {
			t.Fatalf("%q has payload %q", token, jws.Payload)
		}
		if jws.Header.Alg == "" || strings.EqualFold(string(jws.Header.Alg), "none") || len(jws.Header.KeyID) > 128 {
			t.Fatalf("%q has header %+v", token, jws.Header)
		}
		jws.Header.Alg = oauth.ES256
		if jws.Verify(key) == nil && parts[2] == "" {
			t.Fatalf("%q verifies", token)
		}
	})
}

// A key set that is read has from 1 to 32 keys of one sort, findable by their ids.
func FuzzParseSet(f *testing.F) {
	es, ed := josetest.New(oauth.ES256), josetest.New(oauth.EdDSA)
	f.Add([]byte(josetest.JWKS(es.JWK("a", `"use":"sig"`), ed.JWK("b", ""))))
	f.Add([]byte(josetest.JWKS(josetest.New(oauth.HS256).JWK("a", ""))))
	f.Add([]byte(josetest.JWKS(rsaJWK(odd(2048), "AQAB"), `{"kty":"AKP"}`)))
	f.Add([]byte(`{"keys":[]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		set, err := jose.ParseSet(doc)
		if err != nil {
			return
		}
		keys := set.Keys()
		if len(keys) == 0 || len(keys) > 32 {
			t.Fatalf("%q holds %d keys", doc, len(keys))
		}
		for _, key := range keys {
			if key.Alg().Symmetric() != keys[0].Alg().Symmetric() {
				t.Fatalf("%q mixes %v", doc, keys)
			}
			if found, ok := set.Key(key.ID()); key.ID() != "" && (!ok || found.ID() != key.ID()) {
				t.Fatalf("%q does not find %v", doc, key)
			}
		}
	})
}

// An ECDSA signature of any bytes neither panics nor verifies.
func FuzzECDSASignature(f *testing.F) {
	signer := josetest.New(oauth.ES256)
	key := signer.Key("")
	signed := josetest.Encode([]byte(`{"alg":"ES256"}`)) + ".e30."
	f.Add(make([]byte, 64))
	f.Add(make([]byte, 63))
	f.Add([]byte{math.MaxUint8})
	f.Fuzz(func(t *testing.T, signature []byte) {
		if judge(signed+josetest.Encode(signature), key) == nil {
			t.Fatalf("%x verifies", signature)
		}
	})
}
