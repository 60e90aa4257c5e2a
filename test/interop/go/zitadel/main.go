// Command zitadel is a client made of zitadel/oidc's relying party: confidential,
// with what its verifiers check by default.
package main

import (
	"context"
	"crypto/rand"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/ostiary-auth/ostiary/test/interop/go/talk"
)

func main() {
	ctx, self := context.Background(), talk.Begin()
	nonce, state, verifier := rand.Text(), rand.Text(), rand.Text()+rand.Text()
	type nonceKey struct{}
	party, err := rp.NewRelyingPartyOIDC(ctx, self.Issuer, self.ClientID, self.ClientSecret, self.RedirectURI,
		[]string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail, oidc.ScopeOfflineAccess},
		rp.WithPKCEFromDiscovery(httphelper.NewCookieHandler([]byte(rand.Text()), nil)),
		rp.WithSigningAlgsFromDiscovery(),
		rp.WithVerifierOpts(
			rp.WithNonce(func(ctx context.Context) string {
				expected, _ := ctx.Value(nonceKey{}).(string)
				return expected
			}),
			rp.WithIssuedAtOffset(5*time.Second), rp.WithAuthTimeMaxAge(10*time.Minute),
		),
	)
	talk.Must(err)
	talk.Want(party.IsPKCE() && party.GetEndSessionEndpoint() != "", "PKCE or logout is not advertised")
	talk.Did("discovery")

	authorize := func(prompt string) url.Values {
		param := func(name, value string) rp.AuthURLOpt { return rp.AuthURLOpt(rp.WithURLParam(name, value)) }
		arrived := talk.Visit(rp.AuthURL(state, party, rp.WithCodeChallenge(oidc.NewSHACodeChallenge(verifier)),
			rp.WithPrompt(prompt), param("nonce", nonce), param("max_age", "600")))
		return arrived.Query()
	}
	signIn := context.WithValue(ctx, nonceKey{}, nonce)
	tokens, err := rp.CodeExchange[*oidc.IDTokenClaims](signIn, authorize(oidc.PromptConsent).Get("code"), party, rp.WithCodeVerifier(verifier))
	talk.Must(err)
	talk.Did("code")
	subject := tokens.IDTokenClaims.Subject
	talk.Want(subject != "" && tokens.IDTokenClaims.Nonce == nonce, "id_token: ", tokens.IDTokenClaims)
	talk.Did("id_token")

	userinfo := func(token string) {
		info, err := rp.Userinfo[*oidc.UserInfo](ctx, token, oidc.BearerToken, subject, party)
		talk.Must(err)
		talk.Want(info.Name == self.Name && info.Email == self.Email && bool(info.EmailVerified), info)
	}
	userinfo(tokens.AccessToken)
	talk.Did("userinfo")

	// The id_token of a refresh has no nonce: OpenID Connect Core §12.2.
	refreshed, err := rp.RefreshTokens[*oidc.IDTokenClaims](ctx, party, tokens.RefreshToken, "", "")
	talk.Must(err)
	talk.Want(refreshed.AccessToken != tokens.AccessToken, "the access token is the old one")
	userinfo(refreshed.AccessToken)
	talk.Did("refresh")

	left := talk.Visit(party.GetEndSessionEndpoint() + "?" + url.Values{
		"id_token_hint": {tokens.IDToken}, "post_logout_redirect_uri": {self.PostLogoutRedirectURI}, "state": {state},
		"client_id": {self.ClientID},
	}.Encode())
	talk.Want(left.String() == self.PostLogoutRedirectURI+"?state="+state, "sent to ", left)
	talk.Did("logout")

	talk.Want(authorize(oidc.PromptNone).Get("error") == "login_required", "still signed in")
	talk.Did("signed out")

	talk.Must(rp.RevokeToken(ctx, party, refreshed.RefreshToken, "refresh_token"))
	_, err = rp.RefreshTokens[*oidc.IDTokenClaims](ctx, party, refreshed.RefreshToken, "", "")
	talk.Want(err != nil, "a revoked token refreshes")
	talk.Did("revocation")
}
