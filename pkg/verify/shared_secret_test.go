package verify_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// A policy of HS256 is for services that share a secret. Their tokens have no typ
// of their own and may lack what RFC 9068 requires.
func TestSharedSecret(t *testing.T) {
	signer := josetest.New(oauth.HS256)
	v := newVerifier(t, signer)
	legacy := change{"client_id": absent, "jti": absent, "iat": absent, "scope": absent}
	for _, typ := range []string{"JWT", ""} {
		got, err := v.Verify(t.Context(), signer.Token(typ, "k1", claims(t, legacy)))
		if err != nil || got.Subject != "alice" || !got.IssuedAt.IsZero() {
			t.Errorf("%q: got %+v %v", typ, got, err)
		}
	}
	if _, err := v.Verify(t.Context(), signer.Token("at+jwt", "", claims(t, nil))); err != nil {
		t.Error(err)
	}
	for name, token := range map[string]string{
		"at+jwt keeps its rules":  signer.Token("at+jwt", "k1", claims(t, legacy)),
		"J30 a logout token":      signer.Token("logout+jwt", "k1", claims(t, nil)),
		"J31 another audience":    signer.Token("JWT", "k1", claims(t, change{"aud": `"demo"`})),
		"lives too long, no iat":  signer.Token("JWT", "k1", claims(t, change{"iat": absent, "exp": `4000000000`})),
		"sub is missing":          signer.Token("JWT", "k1", claims(t, change{"sub": absent})),
		"client_id of wrong type": signer.Token("JWT", "k1", claims(t, change{"client_id": `1`})),
		"another secret":          josetest.New(oauth.HS256).Token("JWT", "k1", claims(t, nil)),
	} {
		_, err := v.Verify(t.Context(), token)
		refused(t, name, err)
	}
}
