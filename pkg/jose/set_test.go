package jose_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestSet(t *testing.T) {
	es, ed := josetest.New(oauth.ES256), josetest.New(oauth.EdDSA)
	set, err := jose.ParseSet([]byte(josetest.JWKS(
		es.JWK("a", `"use":"sig","key_ops":["verify"]`),
		`{"kty":"RSA","kid":"enc","use":"enc","n":"AQAB","e":"AQAB"}`, `{"kty":"AKP","kid":"future","alg":"ML-DSA-44"}`, `{}`,
		`{"kty":"EC","crv":"P-521","kid":"p521","x":"AA","y":"AA"}`, ed.JWK("b", ""),
	)))
	if err != nil {
		t.Fatal(err)
	}
	if keys := set.Keys(); len(keys) != 2 || keys[0].ID() != "a" || keys[0].Alg() != oauth.ES256 || keys[1].ID() != "b" {
		t.Errorf("got %v", keys)
	}
	if refused := set.Refused(); len(refused) != 4 {
		t.Errorf("left out: %v", refused)
	}
	for kid, want := range map[string]bool{"a": true, "b": true, "c": false, "enc": false, "": false, "A": false} {
		if key, ok := set.Key(kid); ok != want || ok && key.ID() != kid {
			t.Errorf("%q: got %v %v", kid, key, ok)
		}
	}
}

func TestSetOfOneKey(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	for id, serves := range map[string]map[string]bool{
		"a": {"a": true, "": true, "b": false},
		"":  {"a": true, "": true, "b": true},
	} {
		set, err := jose.NewSet(signer.Key(id))
		if err != nil {
			t.Fatal(err)
		}
		for kid, want := range serves {
			if _, ok := set.Key(kid); ok != want {
				t.Errorf("key %q, token %q: got %v", id, kid, ok)
			}
		}
	}
	if _, ok := (jose.Set{}).Key(""); ok {
		t.Error("the zero set has a key")
	}
}

func TestJ04SecretsBesidePublicKeys(t *testing.T) {
	es, hs := josetest.New(oauth.ES256), josetest.New(oauth.HS256)
	for name, doc := range map[string]string{
		"both":             josetest.JWKS(es.JWK("a", ""), hs.JWK("b", "")),
		"secret first":     josetest.JWKS(hs.JWK("b", ""), es.JWK("a", "")),
		"secret too short": josetest.JWKS(es.JWK("a", ""), `{"kty":"oct","kid":"b","k":"AA"}`),
		"secret of no use": josetest.JWKS(es.JWK("a", ""), hs.JWK("b", `"use":"enc"`)),
		"unknown public":   josetest.JWKS(hs.JWK("a", ""), `{"kty":"AKP","kid":"b"}`),
	} {
		if _, err := jose.ParseSet([]byte(doc)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := jose.NewSet(es.Key("a"), hs.Key("b")); err == nil {
		t.Error("NewSet accepts both")
	}
	if _, err := jose.ParseSet([]byte(josetest.JWKS(hs.JWK("a", ""), josetest.New(oauth.HS256).JWK("b", "")))); err != nil {
		t.Errorf("secrets alone: %v", err)
	}
}

func TestJ05TwoKeysWithOneKid(t *testing.T) {
	a, b := josetest.New(oauth.ES256), josetest.New(oauth.EdDSA)
	for name, doc := range map[string]string{
		"two kinds":          josetest.JWKS(a.JWK("k", ""), b.JWK("k", "")),
		"the same twice":     josetest.JWKS(a.JWK("k", ""), a.JWK("k", "")),
		"one cannot be used": josetest.JWKS(a.JWK("k", ""), b.JWK("k", `"use":"enc"`)),
		"written otherwise":  josetest.JWKS(a.JWK("k", ""), strings.Replace(b.JWK("k", ""), `"k"`, `"\u006b"`, 1)),
	} {
		if _, err := jose.ParseSet([]byte(doc)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := jose.NewSet(a.Key("k"), b.Key("k")); err == nil {
		t.Error("NewSet accepts two keys with one kid")
	}
	if _, err := jose.ParseSet([]byte(josetest.JWKS(a.JWK("k", ""), b.JWK("l", "")))); err != nil {
		t.Error(err)
	}
}

func TestJ37KeySetDocuments(t *testing.T) {
	key := josetest.New(oauth.ES256)
	many := func(n int) string {
		jwks := make([]string, n)
		for i := range n {
			jwks[i] = key.JWK(fmt.Sprint("k", i), "")
		}
		return josetest.JWKS(jwks...)
	}
	for name, doc := range map[string]string{
		"empty": "", "html": "<html>500</html>", "array": "[]", "no keys": "{}", "keys is null": `{"keys":null}`,
		"keys is an object": `{"keys":{}}`, "keys are strings": `{"keys":["a"]}`, "no key": `{"keys":[]}`,
		"Keys": strings.Replace(many(1), "keys", "Keys", 1), "keys twice": `{"keys":[],` + many(1)[1:],
		"a member twice": strings.Replace(many(1), `"crv"`, `"alg":"ES256","crv"`, 1), "33 keys": many(33), "1,000 keys": many(1000),
		"32 keys of no use and one": josetest.JWKS(append(slices.Repeat([]string{`{"kty":"AKP"}`}, 32), key.JWK("k", ""))...),
		"no key can be used":        josetest.JWKS(`{"kty":"AKP"}`), "trailing bytes": many(1) + "x",
	} {
		if _, err := jose.ParseSet([]byte(doc)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := jose.ParseSet([]byte(many(32))); err != nil {
		t.Errorf("32 keys: %v", err)
	}
	if _, err := jose.ParseSet([]byte(josetest.JWKS(`{"kty":"AKP"}`))); err == nil || !strings.Contains(err.Error(), "kty") {
		t.Errorf("a set of no use: got %v, want to be told why", err)
	}
	if _, err := jose.NewSet(slices.Repeat([]jose.Key{key.Key("")}, 33)...); err == nil {
		t.Error("NewSet accepts 33 keys")
	}
	if _, err := jose.NewSet(); err == nil {
		t.Error("NewSet accepts nothing")
	}
	if _, err := jose.NewSet(jose.Key{}); err == nil {
		t.Error("NewSet accepts the zero key")
	}
}
