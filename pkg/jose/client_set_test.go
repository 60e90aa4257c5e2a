package jose_test

import (
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// An RSA key that names no alg verifies by either of the two, the others by their own.
func TestClientSetAlg(t *testing.T) {
	anonymous := func(alg oauth.Alg) string {
		return strings.Replace(josetest.New(alg).JWK("a", ""), `"alg":"`+string(alg)+`",`, "", 1)
	}
	for name, c := range map[string]struct {
		jwk         string
		asked, want oauth.Alg
	}{
		"RSA for PS256":            {anonymous(oauth.RS256), oauth.PS256, oauth.PS256},
		"RSA for RS256":            {anonymous(oauth.RS256), oauth.RS256, oauth.RS256},
		"RSA for nothing":          {anonymous(oauth.RS256), "", oauth.RS256},
		"RSA for another kind":     {anonymous(oauth.RS256), oauth.ES256, oauth.RS256},
		"J02 RSA that names RS256": {josetest.New(oauth.RS256).JWK("a", ""), oauth.PS256, oauth.RS256},
		"EC for PS256":             {anonymous(oauth.ES256), oauth.PS256, oauth.ES256},
	} {
		set, err := jose.ParseClientSet([]byte(josetest.JWKS(c.jwk)), c.asked)
		if err != nil || len(set.Keys()) != 1 || set.Keys()[0].Alg() != c.want {
			t.Errorf("%s: got %v, %v", name, set.Keys(), err)
		}
	}
}

func TestCheckSet(t *testing.T) {
	ec, oct := josetest.New(oauth.ES256).JWK("a", ""), josetest.New(oauth.HS256).JWK("b", "")
	for name, c := range map[string]struct {
		doc  string
		good bool
	}{
		"a key":                        {josetest.JWKS(ec), true},
		"a kind that nobody knows yet": {josetest.JWKS(ec, `{"kty":"new"}`), true},
		"no array":                     {`{"keys":{}}`, false},
		"no JSON":                      {`<html>`, false},
		"J04 a secret among them":      {josetest.JWKS(ec, oct), false},
		"J05 one kid twice":            {josetest.JWKS(ec, ec), false},
	} {
		if err := jose.CheckSet([]byte(c.doc)); (err == nil) != c.good {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
