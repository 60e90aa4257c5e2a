package issue

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Userinfo returns the claims about the person of an access token that its scope,
// or its authorization request by name, asks for (OpenID Connect Core §5.3.2). It
// returns invalid_token when the token is not good here, and insufficient_scope when
// it was not granted openid.
func (i *Issuer) Userinfo(ctx context.Context, token string) (UserinfoResponse, oauth.AccessToken, error) {
	t, err := i.check(ctx, token)
	if err != nil {
		return UserinfoResponse{}, t.AccessToken, err
	}
	if !slices.Contains(t.Audience, i.cfg.Issuer) { // RFC 9068 §4
		return UserinfoResponse{}, t.AccessToken, oauth.InvalidToken.Errorf("the token is meant for another API")
	}
	if t.user.ID == "" || !t.Scope.Has(oauth.OpenID) {
		return UserinfoResponse{}, t.AccessToken, oauth.InsufficientScope.Errorf("the token was not granted openid")
	}
	subject, err := json.Marshal(t.Subject)
	if err != nil {
		return UserinfoResponse{}, t.AccessToken, err
	}
	about, err := i.said(ctx, oauth.InUserinfo, t.client, t.user, t.Scope, t.grant.Claims)
	if err != nil {
		return UserinfoResponse{}, t.AccessToken, err
	}
	said := claims{}
	maps.Copy(said, about)
	said["sub"] = subject // OpenID Connect Core §5.3.2
	signed, err := i.userinfoJWT(ctx, t.client, said)
	return UserinfoResponse{said, signed}, t.AccessToken, err
}
