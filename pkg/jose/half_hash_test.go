package jose_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestHalfHashIsByTheAlgorithm(t *testing.T) {
	const token = "eyJ.a.token"
	half := func(digest []byte) string { return base64.RawURLEncoding.EncodeToString(digest[:len(digest)/2]) }
	short, middle, long := sha256.Sum256([]byte(token)), sha512.Sum384([]byte(token)), sha512.Sum512([]byte(token))
	for alg, want := range map[oauth.Alg]string{
		oauth.RS256: half(short[:]), oauth.PS256: half(short[:]), oauth.ES256: half(short[:]), oauth.HS256: half(short[:]),
		oauth.ES384: half(middle[:]), oauth.EdDSA: half(long[:]),
	} {
		if got := jose.HalfHash(alg, token); got != want {
			t.Errorf("%s: got %s, want %s", alg, got, want)
		}
	}
}
