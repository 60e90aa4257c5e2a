package jose_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	"pgregory.net/rapid"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// second is the opinion of another implementation. It accepts more than we do
// (THREATS: J02, J04 to J10, …), so it never judges; but what it refuses we must
// refuse as well.
func second(token string, jwkJSON string, alg oauth.Alg) error {
	key, err := jwk.ParseKey([]byte(jwkJSON))
	if err != nil {
		return err
	}
	_, err = jws.Verify([]byte(token), jws.WithKey(jwa.SignatureAlgorithm(alg), key))
	return err
}

// What it signs we accept, with the keys that it writes.
func TestTokensOfAnotherImplementation(t *testing.T) {
	for _, alg := range josetest.Algs() {
		signer := josetest.New(alg)
		var private any = signer.Private
		if alg.Symmetric() {
			private = signer.Secret
		}
		key, err := jwk.FromRaw(private)
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Set(jwk.KeyIDKey, "k1"); err != nil {
			t.Fatal(err)
		}
		token, err := jws.Sign([]byte(payload), jws.WithKey(jwa.SignatureAlgorithm(alg), key))
		if err != nil {
			t.Fatal(err)
		}
		public := key
		if !alg.Symmetric() {
			if public, err = key.PublicKey(); err != nil {
				t.Fatal(err)
			}
		}
		if err := public.Set(jwk.AlgorithmKey, jwa.SignatureAlgorithm(alg)); err != nil {
			t.Fatal(err)
		}
		doc, err := json.Marshal(public)
		if err != nil {
			t.Fatal(err)
		}
		set, err := jose.ParseSet([]byte(josetest.JWKS(string(doc))))
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		ours, ok := set.Key("k1")
		if !ok {
			t.Fatalf("%s: no key", alg)
		}
		if err := judge(string(token), ours); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		if err := second(signer.Token("at+jwt", "k1", payload), string(doc), alg); err != nil {
			t.Errorf("%s: it refuses ours: %v", alg, err)
		}
	}
}

// However a token is bent, what we accept it accepts.
func TestWhatWeAcceptAnotherAccepts(t *testing.T) {
	signers := map[oauth.Alg]josetest.Signer{}
	for _, alg := range josetest.Algs() {
		signers[alg] = josetest.New(alg)
	}
	alphabet := []rune("ABCDwxyz0189-_=+/.{}\"\n ")
	rapid.Check(t, func(rt *rapid.T) {
		alg := rapid.SampledFrom(josetest.Algs()).Draw(rt, "alg")
		signer := signers[alg]
		named := rapid.SampledFrom(append(josetest.Algs(), "none", "")).Draw(rt, "named")
		member := rapid.SampledFrom([]string{"", `,"kid":"k"`, `,"typ":"JWT"`, `,"crit":["x"]`, `,"b64":false`, `,"alg":"none"`}).Draw(rt, "member")
		token := signer.Compact(fmt.Sprintf(`{"alg":%q%s}`, named, member), payload)
		for range rapid.IntRange(0, 2).Draw(rt, "changes") {
			at := rapid.IntRange(0, len(token)-1).Draw(rt, "at")
			letter := string(rapid.SampledFrom(alphabet).Draw(rt, "letter"))
			switch rapid.IntRange(0, 2).Draw(rt, "change") {
			case 0:
				token = token[:at] + letter + token[at+1:]
			case 1:
				token = token[:at] + letter + token[at:]
			default:
				token = token[:at] + token[at+1:]
			}
		}
		if judge(token, signer.Key("")) != nil {
			return
		}
		if err := second(token, signer.JWK("", ""), alg); err != nil {
			rt.Fatalf("%s: %s is accepted here and refused there: %v", alg, token, err)
		}
	})
}
