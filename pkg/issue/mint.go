package issue

import (
	"context"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TokenResponse is the answer of the token endpoint (RFC 6749 §5.1, OpenID
// Connect Core §3.1.3.3). It is written to the client and nowhere else.
type TokenResponse struct {
	AccessToken     string      `json:"access_token"`
	IssuedTokenType string      `json:"issued_token_type,omitempty"` // of an exchange: RFC 8693 §2.2.1
	TokenType       string      `json:"token_type"`
	ExpiresIn       int         `json:"expires_in,omitempty"` // seconds; 0 where it is not known, of somebody else's
	Scope           oauth.Scope `json:"scope"`
	RefreshToken    string      `json:"refresh_token,omitempty"`
	IDToken         string      `json:"id_token,omitempty"`
}

// accessTokenClaims are the claims of RFC 9068 §2.2, and grant_id, by which a
// token's grant is found again.
type accessTokenClaims struct {
	Issuer   string      `json:"iss"`
	Subject  string      `json:"sub"`
	Audience any         `json:"aud"` // one string, or several
	ClientID string      `json:"client_id"`
	Scope    oauth.Scope `json:"scope,omitempty"`
	ID       string      `json:"jti"`
	IssuedAt int64       `json:"iat"`
	Expires  int64       `json:"exp"`
	AuthTime int64       `json:"auth_time,omitempty"`
	ACR      string      `json:"acr,omitempty"` // RFC 9068 §2.2.1
	AMR      []string    `json:"amr,omitempty"` // the same
	GrantID  string      `json:"grant_id,omitempty"`
	Status   statusClaim `json:"status,omitzero"`
}

// idTokenClaims are the claims of OpenID Connect Core §2. There is no azp: aud is
// the client and nobody else.
type idTokenClaims struct {
	Issuer          string   `json:"iss"`
	Subject         string   `json:"sub"`
	Audience        string   `json:"aud"`
	IssuedAt        int64    `json:"iat"`
	Expires         int64    `json:"exp"`
	AuthTime        int64    `json:"auth_time"`
	Nonce           string   `json:"nonce,omitempty"`
	ACR             string   `json:"acr,omitempty"`
	AMR             []string `json:"amr,omitempty"`
	SessionID       string   `json:"sid,omitempty"` // OpenID Connect Front-Channel Logout §3
	AccessTokenHash string   `json:"at_hash"`
}

// Mint makes the tokens of an approval, and then writes what they rest on. When it
// fails nothing has been handed out, and what was presented is as good as before,
// but where the failure says otherwise.
func (i *Issuer) Mint(ctx context.Context, a Approval) (TokenResponse, error) {
	if a.made != nil {
		return *a.made, nil
	}
	now := i.now()
	var err error
	if a.Scope, err = i.narrowed(ctx, a.User, a.Scope); err != nil {
		return TokenResponse{}, err
	}
	named, err := i.names(ctx, a)
	if err != nil {
		return TokenResponse{}, err
	}
	a, hooked, err := i.askHook(ctx, a, named.subject)
	if err != nil {
		return TokenResponse{}, err
	}
	lifetime := i.cfg.AccessTokenLifetime
	if a.Client.AccessTokenLifetime > 0 {
		lifetime = time.Duration(a.Client.AccessTokenLifetime) * time.Second
	}
	token, err := i.mintAccessToken(ctx, a, named, hooked.accessToken, now, lifetime)
	if err != nil {
		return TokenResponse{}, err
	}
	response := TokenResponse{
		AccessToken: token, TokenType: "Bearer", ExpiresIn: int(lifetime.Seconds()), Scope: a.Scope,
		RefreshToken: string(a.RefreshToken),
	}
	if a.Scope.Has(oauth.OpenID) {
		if response.IDToken, err = i.mintIDToken(ctx, a, named, hooked.idToken, token, now); err != nil {
			return TokenResponse{}, err
		}
	}
	if a.commit != nil {
		if err := a.commit(ctx); err != nil {
			return TokenResponse{}, err
		}
	}
	return response, nil
}

// mintAccessToken tells APIs what the client may do, and for whom (RFC 9068 §2).
func (i *Issuer) mintAccessToken(ctx context.Context, a Approval, named names, hooked claims, now time.Time, lifetime time.Duration) (string, error) {
	said, err := i.said(ctx, oauth.InAccessToken, a.Client, a.User, a.Scope, a.Claims)
	if err != nil {
		return "", err
	}
	own := accessTokenClaims{
		Issuer: i.cfg.Issuer, Subject: named.subject, Audience: a.Audience, ClientID: a.Client.ID, Scope: a.Scope,
		ID: newID(), IssuedAt: now.Unix(), Expires: now.Add(lifetime).Unix(), GrantID: named.grantID,
		ACR: a.ACR, AMR: a.AMR,
	}
	if len(a.Audience) == 1 {
		own.Audience = a.Audience[0]
	}
	if !a.AuthTime.IsZero() {
		own.AuthTime = a.AuthTime.Unix()
	}
	if a.GrantID == "" {
		if a.status, err = i.clientIndex(ctx, a.Client); err != nil {
			return "", err
		}
	}
	own.Status = i.statusClaim(a.status)
	sign, err := i.accessTokenSigner(ctx, a)
	if err != nil {
		return "", err
	}
	all, err := with(own, said.and(hooked))
	if err != nil {
		return "", err
	}
	return sign(ctx, oauth.TypAccessToken, all)
}

// mintIDToken tells the client who signed in. A refreshed one keeps the auth_time
// of the sign-in (OpenID Connect Core §12.2).
func (i *Issuer) mintIDToken(ctx context.Context, a Approval, named names, hooked claims, accessToken string, now time.Time) (string, error) {
	alg := a.Client.IDTokenSignedResponseAlg
	if alg == "" {
		alg = oauth.RS256 // OpenID Connect Dynamic Client Registration §2
	}
	sign, err := i.signer(ctx, a.Client, alg)
	if err != nil {
		return "", err
	}
	said, err := i.said(ctx, oauth.InIDToken, a.Client, a.User, a.Scope, a.Claims)
	if err != nil {
		return "", err
	}
	all, err := with(idTokenClaims{
		Issuer: i.cfg.Issuer, Subject: named.subject, Audience: a.Client.ID, IssuedAt: now.Unix(),
		Expires: now.Add(i.cfg.IDTokenLifetime).Unix(), AuthTime: a.AuthTime.Unix(),
		Nonce: a.Nonce, ACR: a.ACR, AMR: a.AMR, SessionID: named.sessionID,
		AccessTokenHash: jose.HalfHash(alg, accessToken),
	}, said.and(hooked))
	if err != nil {
		return "", err
	}
	token, err := sign(ctx, oauth.TypIDToken, all)
	if err != nil {
		return "", err
	}
	return i.encrypted(ctx, a.Client, a.Client.IDTokenEncryptedResponseAlg, a.Client.IDTokenEncryptedResponseEnc, keys.ContentJWT, token)
}
