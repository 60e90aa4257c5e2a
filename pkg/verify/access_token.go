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
	p = p.defaults()
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
	jws, claims, err := parse(token)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	return v.verify(ctx, jws, claims)
}

// parse reads a token, whose content is a stranger's until it is verified.
func parse(token string) (jose.JWS, jose.Claims, error) {
	jws, err := jose.ParseForeignCompact(token, jose.MaxAccessTokenBytes)
	if err != nil {
		return jose.JWS{}, nil, oauth.InvalidToken.Errorf("malformed token: %w", err)
	}
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return jose.JWS{}, nil, oauth.InvalidToken.Errorf("malformed claims: %w", err)
	}
	return jws, claims, nil
}

// verify judges a token that was read.
func (v *AccessTokens) verify(ctx context.Context, jws jose.JWS, claims jose.Claims) (oauth.AccessToken, error) {
	// 1. Whose? Asked before any key is fetched: RFC 8725 §3.8
	if err := v.checkIssuer(claims); err != nil {
		return oauth.AccessToken{}, err
	}
	// 2. Is it an access token? RFC 8725 §3.11, §3.12
	r, err := v.checkKind(jws.Header, claims)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	// 3. Did they sign it?
	if err := v.checkSignature(ctx, jws); err != nil {
		return oauth.AccessToken{}, err
	}
	// 4. Is it meant for us, now?
	t := oauth.AccessToken{Issuer: v.policy.Issuer, Claims: claims}
	if t.Audience, err = r.audience(v.policy, claims); err != nil {
		return oauth.AccessToken{}, err
	}
	if err := v.checkTimes(&t, claims, r.iat); err != nil {
		return oauth.AccessToken{}, err
	}
	// 5. For whom, and what may they do?
	if err := r.read(&t, claims); err != nil {
		return oauth.AccessToken{}, err
	}
	if err := requireClaims(v.policy.RequiredClaims, claims); err != nil {
		return oauth.AccessToken{}, err
	}
	// 6. Was it revoked since?
	if v.policy.Status != nil {
		if err := v.policy.Status(ctx, t); err != nil {
			return oauth.AccessToken{}, err
		}
	}
	return t, nil
}

func (v *AccessTokens) checkIssuer(claims jose.Claims) error {
	issuer, present, err := claims.String("iss")
	if err != nil || present == v.policy.NoIss || present && issuer != v.policy.Issuer {
		return oauth.InvalidToken.Errorf("not a token of this issuer")
	}
	return nil
}

// checkKind tells access tokens from everything else that the issuer signs.
func (v *AccessTokens) checkKind(h jose.Header, claims jose.Claims) (*rules, error) {
	r, err := v.policy.rulesFor(h)
	if err != nil {
		return nil, err
	}
	if h.Nonce { // its signature is over another header, and it is for Microsoft alone
		return nil, oauth.InvalidToken.Errorf("the header has a nonce")
	}
	return r, r.kind(v.policy, claims)
}

func (v *AccessTokens) checkSignature(ctx context.Context, jws jose.JWS) error {
	if !slices.Contains(v.policy.Algs, jws.Header.Alg) {
		return oauth.InvalidToken.Errorf("alg is not accepted here")
	}
	if !v.policy.ForeignKeyIDs {
		if err := jws.Header.CheckKeyID(); err != nil {
			return oauth.InvalidToken.Errorf("malformed token: %w", err)
		}
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

// checkTimes wants exp, iat (RFC 9068 §2.2) and, where it is there, nbf (RFC 7519
// §4.1.4 to §4.1.6).
func (v *AccessTokens) checkTimes(t *oauth.AccessToken, claims jose.Claims, needIssued bool) error {
	now := v.now()
	expires, present, err := claims.Time("exp")
	if err != nil || !present {
		return oauth.InvalidToken.Errorf("exp is missing or malformed")
	}
	if !now.Before(expires) {
		return oauth.InvalidToken.Errorf("the token has expired")
	}
	issued, present, err := claims.Time("iat")
	if err != nil || !present && needIssued {
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
