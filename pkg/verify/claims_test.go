package verify_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// refusedClaims wants tokens of good claims, changed so, to be refused.
func refusedClaims(t *testing.T, changes ...change) {
	t.Helper()
	signer := josetest.New(oauth.ES256)
	v := newVerifier(t, signer)
	for _, c := range changes {
		payload := claims(t, c)
		_, err := v.Verify(t.Context(), signer.Token("at+jwt", "k1", payload))
		refused(t, payload, err)
	}
}

func TestJ24Expiry(t *testing.T) {
	refusedClaims(t, change{"exp": absent}, change{"exp": `0`}, change{"exp": `-1`}, change{"exp": `null`}, change{"exp": `true`},
		change{"exp": `"4000000000"`}, change{"exp": `"2100-01-01T00:00:00Z"`}, change{"exp": `1e30`}, change{"exp": `9223372036854775807`},
		change{"exp": `[]`})
}

func TestJ24Lifetime(t *testing.T) {
	refusedClaims(t, change{"exp": `4000000000`}, change{"iat": `1000000000`})
}

func TestJ25FromTheFuture(t *testing.T) {
	refusedClaims(t, change{"iat": `4000000000`, "exp": `4000000001`}, change{"nbf": `4000000000`}, change{"nbf": `"soon"`})
}

func TestRequiredClaims(t *testing.T) { // RFC 9068 §2.2
	refusedClaims(t, change{"iat": absent}, change{"iat": `null`}, change{"sub": absent}, change{"sub": `""`}, change{"client_id": absent},
		change{"client_id": `1`}, change{"jti": absent}, change{"jti": `[]`})
}

func TestJ26ClaimTypes(t *testing.T) {
	refusedClaims(t, change{"aud": `1`}, change{"aud": `null`}, change{"aud": `{}`}, change{"aud": `["` + audience + `",1]`},
		change{"iss": `1`}, change{"iss": `["` + issuer + `"]`}, change{"sub": `["alice"]`}, change{"sub": `1`},
		change{"scope": `["openid"]`}, change{"scope": `1`}, change{"scope": `"a\u0001b"`})
}

func TestJ28NamesMatchByteForByte(t *testing.T) {
	refusedClaims(t, change{"exp": absent, "EXP": `4000000000`}, change{"iss": absent, "Iss": `"` + issuer + `"`},
		change{"aud": absent, "Aud": `"` + audience + `"`}, change{"sub": absent, "ſub": `"alice"`})
}

func TestJ29LookAlikeIssuer(t *testing.T) {
	refusedClaims(t, change{"iss": absent}, change{"iss": `""`}, change{"iss": `"https://id.example.com/"`}, change{"iss": `"https://ID.example.com"`},
		change{"iss": `"HTTPS://id.example.com"`}, change{"iss": `"https://id.example.com:443"`}, change{"iss": `"http://id.example.com"`},
		change{"iss": `"https://\u0456d.example.com"`}, change{"iss": `" https://id.example.com"`}, change{"iss": `"https://id.example.com\u0000"`},
		change{"iss": `"https://id.example.co"`})
}

func TestJ31AnotherAudience(t *testing.T) {
	refusedClaims(t, change{"aud": absent}, change{"aud": `""`}, change{"aud": `[]`}, change{"aud": `[[]]`},
		change{"aud": `"https://api.example.com/"`}, change{"aud": `"https://api.example.co"`}, change{"aud": `"https://api.example.com/v1"`},
		change{"aud": `"https://other.example.com"`}, change{"aud": `"demo"`}, change{"aud": `"API"`},
		change{"aud": `"https://api.example.com https://other.example.com"`}, change{"aud": `"` + issuer + `"`})
}

func TestUnusualClaims(t *testing.T) {
	signer := josetest.New(oauth.ES256)
	v := newVerifier(t, signer)
	for _, good := range []change{{"nbf": `1000000000`}, {"scope": absent}, {"aud": `"` + audience + `"`}, {"aud": `["x","api"]`}} {
		if _, err := v.Verify(t.Context(), signer.Token("at+jwt", "k1", claims(t, good))); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
}
