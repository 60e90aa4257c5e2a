package issue

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Revoke ends a token (RFC 7009): a refresh token with its whole grant, an access
// token alone, or with its grant where that can give no other. A token that is unknown,
// or another client's, is left as it is, and the client is not told (RFC 7009 §2.2, and
// §2.1 for the other client's).
func (i *Issuer) Revoke(ctx context.Context, client oauth.Client, token string) error {
	if err := i.revoke(ctx, client, token); !refusal(err) {
		return err
	}
	return nil
}

func (i *Issuer) revoke(ctx context.Context, client oauth.Client, token string) error {
	if !looksLikeJWT(token) {
		handle, f, err := i.openRefreshToken(ctx, token)
		if err != nil || f.ClientID != client.ID {
			return err
		}
		return i.recordRevoked(ctx, client, handle.key(), "refresh_token", i.endFamily(ctx, handle.key(), f))
	}
	t, err := i.check(ctx, token)
	if err != nil || t.ClientID != client.ID {
		return err
	}
	if t.user.ID != "" && len(t.grant.MACKey) == 0 { // so that a gate hears of it
		return i.recordRevoked(ctx, client, t.key, "access_token", i.endFamily(ctx, t.key, t.grant))
	}
	err = i.state.Write(ctx, store.Put(revokedKey(t.AccessToken), struct{}{}).Until(t.Expires))
	return i.recordRevoked(ctx, client, t.key, "access_token", err)
}

// revokedKey is where the revocation of one access token is remembered, until it
// would have expired anyway. A client can revoke its own tokens alone, even one that
// shares a secret and writes another's jti into a token.
func revokedKey(t oauth.AccessToken) store.Key {
	return store.Key{Partition: "jti#" + t.ID, Sort: "revoked#" + t.ClientID}
}
