package jose_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Two public keys without a use, as members of a JWK.
var (
	ecMembers  = `"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"`
	rsaMembers = `"kty":"RSA","e":"AQAB","n":"` + rsaModulus(2048) + `"`
)

// rsaModulus is an odd number of so many bits, which is all that is asked of one.
func rsaModulus(bits int) string {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return base64.RawURLEncoding.EncodeToString(n.Add(n, big.NewInt(12345)).Bytes())
}

func keySet(keys ...string) []byte {
	return []byte(`{"keys":[{` + strings.Join(keys, `},{`) + `}]}`)
}

func TestTheFirstFittingKeyIsEncryptedTo(t *testing.T) {
	for name, c := range map[string]struct {
		set []byte
		alg string
		kid string // of the key, "-" when there must be none
	}{
		"the one of its kind":         {keySet(rsaMembers+`,"kid":"r"`, ecMembers+`,"kid":"e"`), oauth.ECDHES, "e"},
		"the other kind":              {keySet(rsaMembers+`,"kid":"r"`, ecMembers+`,"kid":"e"`), oauth.RSAOAEP256, "r"},
		"not one that signs":          {keySet(ecMembers+`,"kid":"s","use":"sig"`, ecMembers+`,"kid":"e","use":"enc"`), oauth.ECDHES, "e"},
		"not one of another alg":      {keySet(rsaMembers+`,"kid":"s","alg":"RS256"`, rsaMembers+`,"kid":"e","alg":"RSA-OAEP-256"`), oauth.RSAOAEP256, "e"},
		"not one for another use":     {keySet(ecMembers+`,"kid":"s","key_ops":["verify"]`, ecMembers+`,"kid":"e","key_ops":["deriveKey"]`), oauth.ECDHES, "e"},
		"RSA that may wrap":           {keySet(rsaMembers + `,"kid":"e","key_ops":["wrapKey"]`), oauth.RSAOAEP256, "e"},
		"none without kid":            {keySet(ecMembers), oauth.ECDHES, ""},
		"a weak one":                  {keySet(strings.Replace(rsaMembers, rsaModulus(2048), rsaModulus(1024), 1)), oauth.RSAOAEP256, "-"},
		"a point beside the curve":    {keySet(strings.Replace(ecMembers, "f83O", "g83O", 1)), oauth.ECDHES, "-"},
		"an alg that has been broken": {keySet(rsaMembers), "RSA1_5", "-"},
		"an unknown alg":              {keySet(ecMembers), "ECDH-ES+A128KW", "-"},
		"a signing curve":             {keySet(`"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`), oauth.ECDHES, "-"},
		"no key for it":               {keySet(ecMembers), oauth.RSAOAEP256, "-"},
	} {
		key, err := jose.ParseEncryptionKey(c.set, c.alg)
		switch {
		case c.kid == "-":
			if err == nil {
				t.Errorf("%s: got key %q", name, key.ID)
			}
			continue
		case err != nil || key.ID != c.kid:
			t.Errorf("%s: got key %q and %v", name, key.ID, err)
		}
		_, isRSA := key.Public.(*rsa.PublicKey)
		_, isEC := key.Public.(*ecdsa.PublicKey)
		if isRSA != (c.alg == oauth.RSAOAEP256) || isEC != (c.alg == oauth.ECDHES) {
			t.Errorf("%s: got %T", name, key.Public)
		}
	}
}

// One private key, wherever it stands, spoils the set: its owner has to know.
func TestAPublicSetHoldsPublicKeysOnly(t *testing.T) {
	if err := jose.CheckPublicSet(keySet(rsaMembers, ecMembers+`,"use":"sig"`)); err != nil {
		t.Errorf("public keys: %v", err)
	}
	for name, set := range map[string][]byte{
		"a private EC key":        keySet(rsaMembers, ecMembers+`,"d":"AA"`),
		"a private RSA key":       keySet(rsaMembers + `,"d":"AA"`),
		"half a private RSA key":  keySet(rsaMembers + `,"p":"AA"`),
		"its other half":          keySet(rsaMembers + `,"dq":"AA"`),
		"more primes":             keySet(rsaMembers + `,"oth":[]`),
		"a secret":                keySet(`"kty":"oct","k":"AA"`),
		"a secret under a kty":    keySet(ecMembers + `,"k":"AA"`),
		"an unknown kty":          keySet(ecMembers, `"kty":"AKP","priv":"AA"`),
		"no kty":                  keySet(`"x":"AA"`),
		"a secret beside public":  keySet(ecMembers, `"kty":"oct","k":"AA"`),
		"two keys with one kid":   keySet(ecMembers+`,"kid":"a"`, rsaMembers+`,"kid":"a"`),
		"a member twice":          keySet(ecMembers + `,"d":"AA","d":null`),
		"no key":                  []byte(`{"keys":[]}`),
		"a string":                []byte(`{"keys":["a"]}`),
		"no set":                  []byte(`{}`),
		"too many":                keySet(slices.Repeat([]string{rsaMembers}, 33)...),
		"a set in an array":       []byte(`[]`),
		"a set with something on": append(keySet(ecMembers), 'x'),
	} {
		if jose.CheckPublicSet(set) == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := jose.ParseEncryptionKey(set, oauth.ECDHES); err == nil {
			t.Errorf("%s: encrypted to", name)
		}
	}
}
