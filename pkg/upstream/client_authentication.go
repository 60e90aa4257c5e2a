package upstream

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// assertionLifetime is how long a client assertion is good: long enough for two clocks
// to differ, and too short for a thief (RFC 7523 §3).
const assertionLifetime = 2 * time.Minute

// assertion are the claims of RFC 7523 §3. Apple's client secret has the same.
type assertion struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"` // one, as a string: whom it is for must be beyond doubt
	ID       string `json:"jti"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// authenticate shows the provider who we are, by the method that it knows us by and no
// other (RFC 6749 §2.3, OpenID Connect Core §9).
func (r *RelyingParty) authenticate(ctx context.Context, p Provider, m metadata, form url.Values, header http.Header) error {
	secret, err := r.Providers.secret(ctx, p)
	if err != nil {
		return err
	}
	if secret == "" && p.NeedsSecret() {
		return errors.New("there is no secret to show")
	}
	switch p.Auth {
	case oauth.ClientSecretBasic: // RFC 6749 §2.3.1: both are form-encoded first
		pair := url.QueryEscape(p.ClientID) + ":" + url.QueryEscape(string(secret))
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
		return nil
	case oauth.ClientSecretPost:
		form.Set("client_secret", string(secret))
	case AppleSecret:
		signed, err := signOwn(p.KeyID, secret, r.asserted(p.TeamID, p.ClientID, p.Issuer))
		if err != nil {
			return err
		}
		form.Set("client_secret", signed)
	case oauth.PrivateKeyJWT:
		signed, err := r.assert(ctx, p, m, secret)
		if err != nil {
			return err
		}
		form.Set("client_assertion_type", oauth.ClientAssertionType)
		form.Set("client_assertion", signed)
	}
	form.Set("client_id", p.ClientID)
	return nil
}

func (r *RelyingParty) asserted(issuer, subject, audience string) assertion {
	now := r.now()
	return assertion{issuer, subject, audience, rand.Text(), now.Unix(), now.Add(assertionLifetime).Unix()}
}

// assert makes a client assertion: by a key of its own where the provider has one, else
// by this provider's signing keys, which its key set publishes.
func (r *RelyingParty) assert(ctx context.Context, p Provider, m metadata, secret oauth.Secret) (string, error) {
	audience := p.Issuer
	if p.AssertionAudience == AudienceTokenEndpoint {
		audience = m.token
	}
	claims := r.asserted(p.ClientID, p.ClientID, audience)
	if p.ownKey() {
		return signOwn(p.KeyID, secret, claims)
	}
	alg, err := r.assertionAlg(m)
	if err != nil {
		return "", err
	}
	return r.ring.Sign(ctx, alg, "JWT", claims)
}

// assertionAlg is one that the ring signs by and the provider takes: ES256 before the
// others, RS256 where the provider does not say, for that all of them know (OpenID
// Connect Discovery §3).
func (r *RelyingParty) assertionAlg(m metadata) (oauth.Alg, error) {
	takes := m.assertionAlgs
	if len(takes) == 0 {
		takes = []string{string(oauth.RS256)}
	}
	for _, alg := range []oauth.Alg{oauth.ES256, oauth.PS256, oauth.RS256, oauth.EdDSA} {
		if slices.Contains(takes, string(alg)) && slices.Contains(r.ring.Algs(), alg) {
			return alg, nil
		}
	}
	return "", errors.New("there is no algorithm by which we sign assertions and the provider takes them")
}

func parsePrivateKey(secret oauth.Secret) (keys.PrivateKey, error) {
	return keys.ParsePrivateKey("", []byte(secret))
}

func signOwn(kid string, secret oauth.Secret, claims assertion) (string, error) {
	key, err := keys.ParsePrivateKey(kid, []byte(secret))
	if err != nil {
		return "", err
	}
	return key.Sign("JWT", claims)
}
