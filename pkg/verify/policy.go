package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Policy says which access tokens are good. The zero value accepts none.
type Policy struct {
	// Issuer is compared byte for byte (OpenID Connect Discovery §4.3).
	Issuer string

	// Audience lists the identifiers of this API, one of which must stand in aud.
	Audience []string

	// AnyAudience accepts tokens for whatever API. Unsafe anywhere but at the issuer
	// itself, which introspects and revokes what it minted for others; there Audience
	// must be empty.
	AnyAudience bool

	// Algs lists the accepted algorithms: HS256 alone, for an issuer with which a
	// secret is shared, or any of the others.
	Algs []oauth.Alg

	// MaxLifetime bounds exp minus iat.
	MaxLifetime time.Duration

	// Profile is what kind of token the issuer writes. Empty: ProfileHS256 where a
	// secret is shared, else ProfileRFC9068.
	Profile Profile

	// NoIss and NoAud are for services that write no such claim. A token that has one
	// is refused. NoIss is for ProfileHS256 alone; Issuer still names the service.
	NoIss, NoAud bool

	// SharedSecret is for id_tokens that an issuer signs with its client's secret, which
	// is then the one key, HS256 the one algorithm, and ProfileIDToken the profile.
	SharedSecret bool

	// NamedClient takes id_tokens that have a client_id, where it is in Audience: ZITADEL
	// writes one. Elsewhere it marks an access token from before RFC 9068, so it is for
	// whoever got the token as an id_token from the issuer itself, by a nonce.
	NamedClient bool

	// ForeignKeyIDs accepts a kid of any printable ASCII, as other people's issuers
	// write. Ours has letters, digits and . _ ~ - only.
	ForeignKeyIDs bool

	// RequiredClaims lists for a claim the values one of which it must have; an empty
	// list wants the claim to be there.
	RequiredClaims map[string][]string

	// Status says whether a good token was revoked. Nil: it is not asked.
	Status StatusCheck
}

// StatusCheck says whether a token was revoked since it was signed: InvalidToken
// when it was. Any other error is ours. It need not check anything else.
type StatusCheck func(ctx context.Context, t oauth.AccessToken) error

func (p Policy) check() error {
	demands := 0
	for _, demand := range []bool{len(p.Audience) > 0, p.AnyAudience, p.NoAud} {
		if demand {
			demands++
		}
	}
	if demands != 1 {
		return errors.New("verify: an audience is required, or any will do, or there is none")
	}
	if _, known := profiles[p.Profile]; !known {
		return fmt.Errorf("verify: there is no profile %q", p.Profile)
	}
	if p.SharedSecret && p.Profile != ProfileIDToken {
		return errors.New("verify: SharedSecret is for id_tokens")
	}
	if (p.Profile == ProfileHS256 || p.SharedSecret) != p.symmetric() {
		return errors.New("verify: HS256 is for the profile of shared secrets, which has no other algorithm")
	}
	if (p.NoIss || p.NoAud) && p.Profile != ProfileHS256 {
		return errors.New("verify: only where a secret is shared may iss or aud be missing")
	}
	if p.Issuer == "" || slices.Contains(p.Audience, "") || len(p.Algs) == 0 {
		return errors.New("verify: issuer, audience and algorithms are required")
	}
	if p.MaxLifetime <= 0 {
		return errors.New("verify: a maximum lifetime is required")
	}
	for _, alg := range p.Algs {
		switch alg {
		case oauth.RS256, oauth.PS256, oauth.ES256, oauth.ES384, oauth.EdDSA:
		case oauth.HS256:
			// A verifier that takes both kinds can be made to use a public key as the
			// secret (CVE-2016-10555); jose refuses that too.
			if len(p.Algs) > 1 {
				return errors.New("verify: HS256 does not stand beside other algorithms")
			}
		default:
			return fmt.Errorf("verify: %q is not supported", alg)
		}
	}
	return nil
}

// defaults fills in what is empty and has a default.
func (p Policy) defaults() Policy {
	if p.Profile == "" {
		if p.Profile = ProfileRFC9068; p.symmetric() {
			p.Profile = ProfileHS256
		}
	}
	return p
}

// symmetric reports whether tokens are signed with a shared secret.
func (p Policy) symmetric() bool { return slices.Contains(p.Algs, oauth.HS256) }
