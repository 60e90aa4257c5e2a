package issue

import (
	"context"
	"encoding/json"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Introspection is the answer of RFC 7662 §2.2. A token that is not good, or
// not the asker's business, is just inactive.
type Introspection struct {
	Active    bool        `json:"active"`
	Scope     oauth.Scope `json:"scope,omitempty"`
	ClientID  string      `json:"client_id,omitempty"`
	Username  string      `json:"username,omitempty"`
	TokenType string      `json:"token_type,omitempty"`
	Expires   int64       `json:"exp,omitempty"`
	IssuedAt  int64       `json:"iat,omitempty"`
	Subject   string      `json:"sub,omitempty"`
	Audience  []string    `json:"aud,omitempty"`
	Issuer    string      `json:"iss,omitempty"`
	ID        string      `json:"jti,omitempty"`
	ACR       string      `json:"acr,omitempty"`       // RFC 9470 §6.2, of the grant
	AuthTime  int64       `json:"auth_time,omitempty"` // the same

	about claims // that the access token says, as it is now
}

// MarshalJSON writes what is said about the person beside the members (RFC 7662 §2.2).
func (a Introspection) MarshalJSON() ([]byte, error) {
	type members Introspection
	all, err := with(members(a), a.about)
	if err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// Introspect says whether a token is good, and of whom it speaks, to its owner
// and to the API that it is meant for. The type hint is not needed (RFC 7662
// §2.1): the two kinds of token do not look alike.
func (i *Issuer) Introspect(ctx context.Context, client oauth.Client, token string) (Introspection, error) {
	answer, err := i.introspect(ctx, client, token)
	if refusal(err) {
		return Introspection{}, nil // RFC 7662 §2.2: inactive, without a reason
	}
	return answer, err
}

func (i *Issuer) introspect(ctx context.Context, client oauth.Client, token string) (Introspection, error) {
	if !looksLikeJWT(token) {
		return i.introspectRefreshToken(ctx, client, token)
	}
	t, err := i.check(ctx, token)
	if err != nil {
		return Introspection{}, err
	}
	if !mayInspect(client, t.AccessToken) {
		return Introspection{}, oauth.AccessDenied.Errorf("the token is another's")
	}
	// Not what the token says, which who shares an HS256 secret with us may have written.
	about, err := i.said(ctx, oauth.InAccessToken, t.client, t.user, t.Scope, t.grant.Claims)
	if err != nil {
		return Introspection{}, err
	}
	var authTime int64
	if !t.grant.AuthTime.IsZero() {
		authTime = t.grant.AuthTime.Unix()
	}
	return Introspection{
		about: about, ACR: t.grant.ACR, AuthTime: authTime,
		Active: true, Scope: t.Scope, ClientID: t.ClientID, Username: username(t.client, t.user), TokenType: "Bearer",
		Expires: t.Expires.Unix(), IssuedAt: t.IssuedAt.Unix(), Subject: t.Subject, Audience: t.Audience,
		Issuer: t.Issuer, ID: t.ID,
	}, nil
}

func (i *Issuer) introspectRefreshToken(ctx context.Context, client oauth.Client, token string) (Introspection, error) {
	handle, f, err := i.openRefreshToken(ctx, token)
	if err != nil {
		return Introspection{}, err
	}
	if f.ClientID != client.ID || handle.generation != f.Generation || !i.now().Before(f.RefreshExpires) {
		return Introspection{}, errGrantGone()
	}
	user, err := i.liveUser(ctx, handle.user, f.Epoch)
	if err != nil {
		return Introspection{}, err
	}
	subject, err := i.subject(ctx, client, user)
	if err != nil {
		return Introspection{}, err
	}
	if f.Scope, err = i.held(ctx, user, f.Scope); err != nil {
		return Introspection{}, err
	}
	return Introspection{
		Active: true, Scope: f.Scope, ClientID: f.ClientID, Username: username(client, user), Subject: subject,
		Expires: f.RefreshExpires.Unix(), IssuedAt: f.Rotated.Unix(), Issuer: i.cfg.Issuer,
	}, nil
}
