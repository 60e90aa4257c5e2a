package verify

import (
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ReadJWKSURI reads metadata, for the fuzzer.
func ReadJWKSURI(issuer string, document []byte) (string, error) {
	e, err := readMetadata(issuer, document)
	return e.jwks, err
}

// Judge judges an answer about a token, for the fuzzer.
func (v *Introspection) Judge(answer []byte, now time.Time) (oauth.AccessToken, error) {
	members, err := jose.ParseClaims(answer)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	return v.judge(members, now)
}
