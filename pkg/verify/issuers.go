package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Issuers verifies the access tokens of several issuers, each with its own policy
// and keys: a kid is looked up among the keys of the token's issuer and nowhere
// else (RFC 8725 §3.8).
type Issuers struct {
	named  map[string]*AccessTokens // by iss
	noName *AccessTokens            // for tokens without iss; nil when there is none
}

// NewIssuers refuses two verifiers of one issuer, and two for tokens without iss,
// as nobody could tell which one a token is for.
func NewIssuers(verifiers ...*AccessTokens) (*Issuers, error) {
	v := &Issuers{named: map[string]*AccessTokens{}}
	names := map[string]bool{}
	for _, one := range verifiers {
		if one == nil {
			return nil, errors.New("verify: an issuer without a verifier")
		}
		if names[one.policy.Issuer] {
			return nil, fmt.Errorf("verify: two issuers are called %s", one.policy.Issuer)
		}
		names[one.policy.Issuer] = true
		switch {
		case !one.policy.NoIss:
			v.named[one.policy.Issuer] = one
		case v.noName != nil:
			return nil, errors.New("verify: two issuers write no iss")
		default:
			v.noName = one
		}
	}
	return v, nil
}

// Verify is AccessTokens.Verify of the token's own issuer. A token of an issuer
// that is not among them costs reading it and nothing else.
func (v *Issuers) Verify(ctx context.Context, token string) (oauth.AccessToken, error) {
	jws, claims, err := parse(token)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	one := v.issuer(claims)
	if one == nil {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("not a token of an issuer that is trusted here")
	}
	return one.verify(ctx, jws, claims)
}

// issuer compares iss byte for byte (RFC 8414 §3.3).
func (v *Issuers) issuer(claims jose.Claims) *AccessTokens {
	name, present, err := claims.String("iss")
	switch {
	case err != nil:
		return nil
	case !present:
		return v.noName
	default:
		return v.named[name]
	}
}
