package jose_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Other people's kids are looked up whatever they hold, if it is printable and
// short, and are printed in quotes; our own readers know no such kid.
func TestJ06ForeignKeyIDs(t *testing.T) {
	signer, other := josetest.New(oauth.ES256), josetest.New(oauth.ES256)
	for kid, good := range map[string]bool{
		"1234example=": true, "a+b/c==": true, "https://keys.example.com/?a=b&c": true, `a "b" level=info`: true, "k' OR '1'='1": true,
		strings.Repeat("=", 128): true, strings.Repeat("=", 129): false, "k\x00": false, "k\nlevel=info": false, "\x7f": false, "é": false,
	} {
		document := []byte(josetest.JWKS(signer.JWK(kid, ""), other.JWK("plain", "")))
		token := signer.Compact(fmt.Sprintf(`{"alg":"ES256","kid":%q}`, kid), payload)
		if set, err := jose.ParseSet(document); err == nil {
			if _, found := set.Key(kid); found {
				t.Errorf("%q is found in a set of ours", kid)
			}
		}
		if _, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes); err == nil {
			t.Errorf("%q is read in a token of ours", kid)
		}
		set, err := jose.ParseForeignSet(document)
		if err != nil {
			if good {
				t.Errorf("%q: %v", kid, err)
			}
			continue
		}
		key, found := set.Key(kid)
		jws, err := jose.ParseForeignCompact(token, jose.MaxAccessTokenBytes)
		if found != good || good != (err == nil) {
			t.Errorf("%q: found %v, read %v, want %v", kid, found, err, good)
		}
		if !good {
			continue
		}
		if err := jws.Verify(key); err != nil || jws.Header.KeyID != kid {
			t.Errorf("%q: %q %v", kid, jws.Header.KeyID, err)
		}
		if text := fmt.Sprint(key); !strings.Contains(text, fmt.Sprintf("%q", kid)) {
			t.Errorf("%q prints as %s", kid, text)
		}
	}
}
