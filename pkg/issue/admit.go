package issue

import (
	"context"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bearer is who holds an access token that is good at an API of ours, now. Its only
// source is Admit.
type Bearer struct {
	Client oauth.Client
	User   identity.User // the zero User when the client acts for itself
	Scope  oauth.Scope   // of the token, as far as the client is registered for it, and the person holds it, still
	Token  oauth.AccessToken
	ACR    string // how well the person proved who they are; "" when the client acts for itself
}

// Admit checks an access token that opens an API of ours: one that was made for it (RFC
// 9068 §4), and behind which everything still stands, read strongly, so that what was
// revoked is over at once. It is invalid_token otherwise.
//
// A token signed by a secret is refused, whoever has it: its client has that secret too
// and could write into a token of its own what it was never given.
func (i *Issuer) Admit(ctx context.Context, token, audience string) (Bearer, error) {
	jws, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	if err != nil {
		return Bearer{}, oauth.InvalidToken.Errorf("malformed token: %w", err)
	}
	if jws.Header.Alg.Symmetric() {
		return Bearer{}, oauth.InvalidToken.Errorf("tokens that a shared secret signs are not accepted here")
	}
	t, err := i.check(ctx, token)
	if err != nil {
		return Bearer{}, err
	}
	if audience == "" || !slices.Contains(t.Audience, audience) { // RFC 9068 §4
		return Bearer{}, oauth.InvalidToken.Errorf("the token is for another API")
	}
	if !slices.Contains(t.client.Audience, audience) { // it may have been taken from the client since
		return Bearer{}, oauth.InvalidToken.Errorf("the client may not have tokens for this API")
	}
	scope := slices.DeleteFunc(slices.Clone(t.Scope), func(token string) bool { return !t.client.Scope.Has(token) })
	return Bearer{Client: t.client, User: t.user, Scope: scope, Token: t.AccessToken, ACR: t.grant.ACR}, nil
}
