package verify_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Whatever claims the issuer signs: a token that is accepted is its own, for this
// audience, not expired, and of somebody.
func FuzzAccessTokenClaims(f *testing.F) {
	signer := josetest.New(oauth.HS256)
	v := newVerifier(f, signer)
	f.Add(claims(f, nil))
	f.Add(claims(f, change{"exp": `4000000000`, "iat": absent}))
	f.Add(claims(f, change{"aud": `["` + audience + `",1]`}))
	f.Fuzz(func(t *testing.T, payload string) {
		for _, typ := range []string{"at+jwt", "JWT"} {
			token, err := v.Verify(t.Context(), signer.Token(typ, "k1", payload))
			if err != nil {
				refused(t, payload, err)
				continue
			}
			ours := slices.Contains(token.Audience, audience) || slices.Contains(token.Audience, "api")
			if token.Claims["iss"] != issuer || !ours || token.Subject == "" || !token.Expires.After(time.Now().Add(-time.Minute)) {
				t.Errorf("%s is accepted as %+v", payload, token)
			}
		}
	})
}
