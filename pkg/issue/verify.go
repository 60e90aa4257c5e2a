package issue

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// verify checks that an access token is one that we minted, for whatever audience.
func (i *Issuer) verify(ctx context.Context, token string) (oauth.AccessToken, error) {
	jws, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	if err == nil && jws.Header.Alg.Symmetric() {
		return i.verifyShared(ctx, jws, token)
	}
	return i.verifyBy(ctx, token, i.ring, i.ring.Algs()...)
}

func (i *Issuer) verifyBy(ctx context.Context, token string, keys verify.KeySource, algs ...oauth.Alg) (oauth.AccessToken, error) {
	policy := verify.Policy{Issuer: i.cfg.Issuer, AnyAudience: true, Algs: algs, MaxLifetime: oauth.MaxAccessTokenLifetime}
	tokens, err := verify.NewAccessTokens(policy, keys)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	return tokens.Verify(ctx, token)
}

// verifyShared checks an HS256 token of ours by the secret of whoever it was
// signed for: its API, or its client. The claims that lead there are not yet
// verified, which is safe: they only choose among secrets that are registered for
// HS256, and the token must still carry the right MAC.
func (i *Issuer) verifyShared(ctx context.Context, jws jose.JWS, token string) (oauth.AccessToken, error) {
	owner, err := i.sharedWith(ctx, jws)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	secrets, err := i.clients.SecretsInClear(ctx, owner)
	if err != nil {
		return oauth.AccessToken{}, err
	}
	var t oauth.AccessToken
	for _, secret := range secrets { // two are good while one replaces the other
		key, err := jose.NewSecretKey("", []byte(secret))
		if err != nil {
			return oauth.AccessToken{}, err
		}
		if t, err = i.verifyBy(ctx, token, secretKey{key}, oauth.HS256); err == nil {
			return t, i.couldBeOurs(ctx, jws.Header, t)
		}
	}
	return oauth.AccessToken{}, oauth.InvalidToken.Errorf("not signed with the secret of its API or client")
}

// sharedWith finds the API or client that an HS256 token was signed for.
func (i *Issuer) sharedWith(ctx context.Context, jws jose.JWS) (oauth.Client, error) {
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return oauth.Client{}, oauth.InvalidToken.Errorf("malformed claims: %w", err)
	}
	audience, _, _ := claims.Strings("aud")
	clientID, _, _ := claims.String("client_id")
	var owner oauth.Client
	if len(audience) > 0 {
		owner, err = i.clients.Resource(ctx, audience[0])
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return oauth.Client{}, err
		}
	}
	if owner.AccessTokenSignedResponseAlg == "" {
		if owner, err = i.clients.Get(ctx, clientID); err != nil {
			return oauth.Client{}, gone(err)
		}
	}
	if !owner.AccessTokenSignedResponseAlg.Symmetric() {
		return oauth.Client{}, oauth.InvalidToken.Errorf("alg is not what this token must be signed with")
	}
	return owner, nil
}

// couldBeOurs refuses what Mint would not have written. Whoever shares the secret can
// write any token, so one proves no more than what its client may ask for: not another
// API's audience, nor another subject (Issuer.given compares it with the grant).
func (i *Issuer) couldBeOurs(ctx context.Context, header jose.Header, t oauth.AccessToken) error {
	client, err := i.clients.Get(ctx, t.ClientID)
	if err != nil {
		return gone(err)
	}
	_, granted := grantID(t)
	switch {
	case header.Type != oauth.TypAccessToken: // an id_token is signed with the same secret
		return oauth.InvalidToken.Errorf("typ is not %s", oauth.TypAccessToken)
	case len(t.ID) != len(newID()):
		return oauth.InvalidToken.Errorf("jti is not one of ours")
	case !granted && (t.Subject != client.ID || personal(t.Scope) || len(t.Audience) != 1):
		return oauth.InvalidToken.Errorf("the client cannot act for others")
	case !t.Scope.Within(client.Scope):
		return oauth.InvalidToken.Errorf("the client is not registered for all of this scope")
	case len(t.Audience) == 0:
		return oauth.InvalidToken.Errorf("aud is not one of ours")
	case !i.mayHave(client, t.Audience[:1]):
		return oauth.InvalidToken.Errorf("the client may not ask for this resource")
	}
	return nil
}

// secretKey is a key that is shared with one client, whatever the kid.
type secretKey struct{ key jose.Key }

// Key implements verify.KeySource.
func (k secretKey) Key(context.Context, string) (jose.Key, error) { return k.key, nil }
