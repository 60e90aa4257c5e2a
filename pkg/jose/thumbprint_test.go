package jose_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestThumbprintsOfTheSpecifications(t *testing.T) {
	for name, c := range map[string]struct{ jwk, want string }{
		"RFC 7638 §3.1": {
			`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`,
			"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
		},
		"RFC 8037 §A.3": {
			`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
			"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
		},
		"RFC 9449 §6.1": {
			`{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}`,
			"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
		},
	} {
		key, err := jose.ParseKey([]byte(c.jwk))
		if err != nil || key.Thumbprint() != c.want {
			t.Errorf("%s: got %s, %v", name, key.Thumbprint(), err)
		}
	}
}

func TestThumbprintIsOfThePublicKeyAlone(t *testing.T) {
	for _, alg := range josetest.Algs() {
		signer := josetest.New(alg)
		one, err := jose.ParseKey([]byte(signer.JWK("k1", `"use":"sig"`)))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := one.Thumbprint(), signer.Key("k2").Thumbprint(); got != want || (len(got) != 43) != alg.Symmetric() {
			t.Errorf("%s: got %q and %q", alg, got, want)
		}
	}
	if got := (jose.Key{}).Thumbprint(); got != "" {
		t.Errorf("no key: got %q", got)
	}
	if a, b := josetest.New(oauth.ES384).Key("").Thumbprint(), josetest.New(oauth.ES384).Key("").Thumbprint(); a == b {
		t.Error("two keys have one thumbprint")
	}
}
