package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// skew is how far another clock may be ahead of ours when it writes iat and nbf.
// exp gets none, so that a token is never good for longer than was promised.
const skew = 60 * time.Second

// AccessTokens verifies the access tokens of one issuer (RFC 9068 §4).
type AccessTokens struct {
	policy Policy
	keys   KeySource
	now    func() time.Time
}

// NewAccessTokens returns a verifier of the policy. The keys are the issuer's: a
// source that served two issuers would let one sign for the other (RFC 8725
// §3.8).
func NewAccessTokens(p Policy, keys KeySource) (*AccessTokens, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if keys == nil {
		return nil, errors.New("verify: keys are required")
	}
	return &AccessTokens{policy: p, keys: keys, now: time.Now}, nil
}

// Verify returns the token if it is genuine and meant for this API now. A token
// that is not is invalid_token; any other error is ours, and wraps
// ErrKeysUnavailable where the issuer's keys could not be had.
func (v *AccessTokens) Verify(ctx context.Context, token string) (oauth.AccessToken, error) {
	// 1. Is it a token at all, and an access token?
	jws, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	if err != nil {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("malformed token: %w", err)
	}
	profiled, err := v.checkType(jws.Header)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("malformed claims: %w", err)
	}
	// 2. Whose? Asked before any key is fetched: RFC 8725 §3.8
	if issuer, _, err := claims.String("iss"); err != nil || issuer != v.policy.Issuer {
		return oauth.AccessToken{}, oauth.InvalidToken.Errorf("not a token of this issuer")
	}
	// 3. Did they sign it?
	if err := v.checkSignature(ctx, jws); err != nil {
		return oauth.AccessToken{}, err
	}
	// 4. Is it meant for us, now?
	t := oauth.AccessToken{Issuer: v.policy.Issuer, Claims: claims}
	if err := v.checkAudience(&t, claims); err != nil {
		return oauth.AccessToken{}, err
	}
	if err := v.checkTimes(&t, claims, profiled); err != nil {
		return oauth.AccessToken{}, err
	}
	// 5. For whom, and what may they do?
	if err := readSubject(&t, claims, profiled); err != nil {
		return oauth.AccessToken{}, err
	}
	return t, nil
}

// checkType tells access tokens from everything else that the issuer signs (RFC
// 8725 §3.11, RFC 9068 §4), and whether RFC 9068's required claims must be there.
// Services that share a secret write JWT or nothing.
func (v *AccessTokens) checkType(h jose.Header) (profiled bool, err error) {
	switch h.Type {
	case oauth.TypAccessToken, "application/" + oauth.TypAccessToken:
		return true, nil
	case "JWT", "":
		if v.policy.symmetric() {
			return false, nil
		}
	}
	return false, oauth.InvalidToken.Errorf("typ is not %s", oauth.TypAccessToken)
}

func (v *AccessTokens) checkSignature(ctx context.Context, jws jose.JWS) error {
	if !slices.Contains(v.policy.Algs, jws.Header.Alg) {
		return oauth.InvalidToken.Errorf("alg is not accepted here")
	}
	key, err := v.keys.Key(ctx, jws.Header.KeyID)
	if errors.Is(err, ErrUnknownKey) {
		return oauth.InvalidToken.Errorf("signed with an unknown key: %w", err)
	}
	if err != nil {
		return fmt.Errorf("find the key of an access token: %w", err)
	}
	if err := jws.Verify(key); err != nil {
		return oauth.InvalidToken.Errorf("not signed with the issuer's key: %w", err)
	}
	return nil
}

// checkAudience refuses tokens for other APIs (RFC 9068 §4, RFC 8707 §2): one
// identifier is equal to one of ours; no prefix counts.
func (v *AccessTokens) checkAudience(t *oauth.AccessToken, claims jose.Claims) error {
	audience, _, err := claims.Strings("aud")
	if err != nil {
		return oauth.InvalidToken.Errorf("malformed claims: %w", err)
	}
	if !v.policy.AnyAudience && !slices.ContainsFunc(audience, func(a string) bool { return slices.Contains(v.policy.Audience, a) }) {
		return oauth.InvalidToken.Errorf("not a token for this audience")
	}
	t.Audience = audience
	return nil
}

// checkTimes wants exp, iat (RFC 9068 §2.2) and, where it is there, nbf (RFC 7519
// §4.1.4 to §4.1.6).
func (v *AccessTokens) checkTimes(t *oauth.AccessToken, claims jose.Claims, profiled bool) error {
	now := v.now()
	expires, present, err := claims.Time("exp")
	if err != nil || !present {
		return oauth.InvalidToken.Errorf("exp is missing or malformed")
	}
	if !now.Before(expires) {
		return oauth.InvalidToken.Errorf("the token has expired")
	}
	issued, present, err := claims.Time("iat")
	if err != nil || !present && profiled {
		return oauth.InvalidToken.Errorf("iat is missing or malformed")
	}
	begins := issued
	if !present {
		begins = now
	}
	if begins.After(now.Add(skew)) {
		return oauth.InvalidToken.Errorf("the token was issued in the future")
	}
	// exp is in the issuer's hands alone: a bound keeps a mistake there from making
	// tokens that are good for ever.
	if expires.Sub(begins) > v.policy.MaxLifetime {
		return oauth.InvalidToken.Errorf("the token lives longer than is accepted here")
	}
	notBefore, _, err := claims.Time("nbf")
	if err != nil || notBefore.After(now.Add(skew)) {
		return oauth.InvalidToken.Errorf("the token is not good yet")
	}
	t.Expires, t.IssuedAt = expires, issued
	return nil
}

// readSubject reads the claims about whom the token stands for (RFC 9068 §2.2,
// §2.2.3).
func readSubject(t *oauth.AccessToken, claims jose.Claims, profiled bool) error {
	for _, claim := range []struct {
		name     string
		required bool
		value    *string
	}{
		{"sub", true, &t.Subject},
		{"client_id", profiled, &t.ClientID},
		{"jti", profiled, &t.ID},
	} {
		value, _, err := claims.String(claim.name)
		if err != nil || value == "" && claim.required {
			return oauth.InvalidToken.Errorf("%s is missing or malformed", claim.name)
		}
		*claim.value = value
	}
	scope, _, err := claims.String("scope")
	if err != nil {
		return oauth.InvalidToken.Errorf("scope is malformed")
	}
	if t.Scope, err = oauth.ParseScope(scope); err != nil {
		return oauth.InvalidToken.Errorf("scope is malformed: %w", err)
	}
	return nil
}
