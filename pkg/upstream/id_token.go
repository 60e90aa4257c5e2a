package upstream

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// maxIDTokenLifetime is generous: the nonce says that a token is of now, and nothing
// else is done with it later.
const maxIDTokenLifetime = 31 * 24 * time.Hour

// readIDToken applies OpenID Connect Core §3.1.3.7 to what came from the token endpoint.
func (r *RelyingParty) readIDToken(ctx context.Context, v *Vouched, e Errand, m metadata) error {
	token := string(v.IDToken)
	if token == "" {
		return errors.New("the token response holds no id_token")
	}
	jws, err := jose.ParseForeignCompact(token, jose.MaxAssertionBytes)
	if err != nil {
		return fmt.Errorf("id_token: %w", err)
	}
	if v.Issuer, err = e.Provider.issuerOf(jws); err != nil {
		return err
	}
	checked, err := r.verifyIDToken(ctx, e.Provider, m, v.Issuer, token)
	if err != nil {
		return fmt.Errorf("id_token: %w", err)
	}
	claims := jose.Claims(checked.Claims)
	nonce, _, err := claims.String("nonce")
	want := derived(e.browser, "nonce", e.state)
	if err != nil || subtle.ConstantTimeCompare([]byte(nonce), []byte(want)) != 1 { // step 11: it was asked for here, and once
		return errors.New("id_token: its nonce is not that of this errand")
	}
	if err := checkAccessTokenHash(jws.Header.Alg, claims, v.Given.AccessToken); err != nil {
		return err
	}
	v.Subject, v.all = checked.Subject, claims
	v.SessionID, _, _ = claims.String("sid") // malformed: there is none
	return nil
}

// verifyIDToken checks signature, issuer, audience and times, in package verify. What
// the operator registered as HS256 is verified by the client secret and by nothing else.
func (r *RelyingParty) verifyIDToken(ctx context.Context, p Provider, m metadata, issuer, token string) (oauth.AccessToken, error) {
	policy := verify.Policy{
		Issuer: issuer, Audience: []string{p.ClientID}, Algs: m.algs, MaxLifetime: maxIDTokenLifetime,
		Profile: verify.ProfileIDToken, ForeignKeyIDs: true, NamedClient: true,
	}
	policy.SharedSecret = p.IDTokenAlg.Symmetric()
	source, err := r.keysFor(ctx, p, issuer)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	verifier, err := verify.NewAccessTokens(policy, source)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	return verifier.Verify(ctx, token)
}

// keysFor are the keys that sign for the issuer, of those that the provider publishes; or
// the client secret, where the operator said so.
func (r *RelyingParty) keysFor(ctx context.Context, p Provider, issuer string) (verify.KeySource, error) {
	if p.IDTokenAlg.Symmetric() {
		secret, err := r.Providers.secret(ctx, p)
		if err != nil {
			return nil, err
		}
		return secretKey(secret)
	}
	keys := r.documents.of(p).keys
	if strings.Contains(p.Issuer, TenantPattern) {
		return tenantKeys{keys, p.Issuer, issuer}, nil
	}
	return keys, nil
}

// secretKey is the client secret as a key, which has no kid and so fits any.
func secretKey(secret oauth.Secret) (verify.KeySource, error) {
	key, err := jose.NewSecretKey("", []byte(secret))
	if err != nil {
		return nil, err
	}
	set, err := jose.NewSet(key)
	if err != nil {
		return nil, err
	}
	return verify.StaticKeys(set), nil
}

// issuerOf returns whose token it must be: the provider's, or, where it speaks for many
// tenants, that of the one which the token names by tid, if the operator lets it in. It
// is compared with iss when the token is verified.
func (s Settings) issuerOf(jws jose.JWS) (string, error) {
	if !strings.Contains(s.Issuer, TenantPattern) {
		return s.Issuer, nil
	}
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return "", fmt.Errorf("id_token: %w", err)
	}
	tenant, _, err := claims.String("tid")
	if err != nil || !isGUID(tenant) {
		return "", errors.New("id_token: its tid is missing or malformed")
	}
	if !slices.Contains(s.Tenants, tenant) && !slices.Contains(s.Tenants, "*") {
		return "", errors.New("id_token: it is of a tenant that is not let in")
	}
	return strings.Replace(s.Issuer, TenantPattern, tenant, 1), nil
}

// isGUID keeps what a token says of its tenant to what a tenant's ID is.
func isGUID(s string) bool {
	for i, r := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return len(s) == 36
}

// tenantKeys are those of the keys for many tenants that sign for one: the keys that say
// so of every tenant, and its own. Consumers' accounts, which everybody can have, have
// keys of their own, and no company's token is good that those have signed.
type tenantKeys struct {
	verify.KeySource
	pattern, issuer string
}

// Key implements verify.KeySource.
func (k tenantKeys) Key(ctx context.Context, kid string) (jose.Key, error) {
	key, err := k.KeySource.Key(ctx, kid)
	if err == nil && key.Issuer() != k.pattern && key.Issuer() != k.issuer {
		return jose.Key{}, fmt.Errorf("%w: it signs for another tenant, or does not say for whom", verify.ErrUnknownKey)
	}
	return key, err
}

// checkAccessTokenHash ties the access token to the id_token, where the provider does so
// (OpenID Connect Core §3.1.3.8).
func checkAccessTokenHash(alg oauth.Alg, claims jose.Claims, token oauth.Secret) error {
	hash, present, err := claims.String("at_hash")
	if err != nil {
		return fmt.Errorf("id_token: %w", err)
	}
	if !present {
		return nil
	}
	if subtle.ConstantTimeCompare([]byte(hash), []byte(jose.HalfHash(alg, string(token)))) != 1 {
		return errors.New("id_token: at_hash is another access token's")
	}
	return nil
}
