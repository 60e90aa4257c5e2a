package issue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// LogoutMessage is the kind of outbox message that tells a client of a session's end.
const LogoutMessage = "logout"

// logoutMessage says who is to be told, and of what. The token is made at each
// attempt, since it lives shorter than the message.
type logoutMessage struct {
	ClientID  string `json:"client_id"`
	UserID    string `json:"sub"`
	SessionID string `json:"sid"`
}

// logoutTokenLifetime is what Back-Channel Logout §2.4 recommends at most.
const logoutTokenLifetime = 2 * time.Minute

// logoutTokenClaims are the claims of Back-Channel Logout §2.4. There must be no
// nonce, so that nobody takes the token for an id_token.
type logoutTokenClaims struct {
	Issuer    string                    `json:"iss"`
	Subject   string                    `json:"sub"`
	Audience  string                    `json:"aud"`
	IssuedAt  int64                     `json:"iat"`
	Expires   int64                     `json:"exp"`
	ID        string                    `json:"jti"`
	Events    map[string]map[string]any `json:"events"`
	SessionID string                    `json:"sid"`
}

// Post sends a form to a URI that a client chose, and returns the status of the
// answer. It must refuse addresses that are not public.
type Post func(ctx context.Context, uri string, form url.Values) (status int, err error)

// DeliverLogout tells a client that a session has ended (Back-Channel Logout §2.5).
// The error wraps outbox.ErrFinal when there is no use in trying again.
func (i *Issuer) DeliverLogout(ctx context.Context, m outbox.Message, post Post) error {
	var logout logoutMessage
	if err := json.Unmarshal(m.Body, &logout); err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrFinal, err)
	}
	client, err := i.clients.Get(ctx, logout.ClientID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && client.BackchannelLogoutURI == "":
		return nil // it wants to be told no longer
	case err == nil && m.Created.Before(client.IssuedAt):
		return nil // it is another of the same ID, and must not hear who was signed in to that one
	}
	if err != nil {
		return err
	}
	token, err := i.logoutToken(ctx, client, logout)
	if err != nil {
		return err
	}
	status, err := post(ctx, client.BackchannelLogoutURI, url.Values{"logout_token": {token}})
	switch {
	case err != nil:
		return fmt.Errorf("client %s: %w", client.ID, err)
	case status == 200 || status == 204: // §2.8: frameworks may answer with either
		return nil
	case status == 400: // §2.8: the client has understood, and refuses
		return fmt.Errorf("client %s answered with status 400: %w", client.ID, outbox.ErrFinal)
	default:
		return fmt.Errorf("client %s answered with status %d", client.ID, status)
	}
}

// logoutToken is signed, and encrypted, as the client's id_tokens are (Back-Channel
// Logout §2.4). It has a jti of its own each time: a client that remembers those it has
// seen would refuse a second attempt, of which we do not know that the first came
// through.
func (i *Issuer) logoutToken(ctx context.Context, client oauth.Client, logout logoutMessage) (string, error) {
	subject, err := i.clients.Subject(ctx, client, logout.UserID)
	if err != nil {
		return "", err
	}
	sid, err := i.clients.SessionID(ctx, client, logout.SessionID)
	if err != nil {
		return "", err
	}
	alg := client.IDTokenSignedResponseAlg
	if alg == "" {
		alg = oauth.RS256
	}
	sign, err := i.signer(ctx, client, alg)
	if err != nil {
		return "", err
	}
	now := i.now()
	token, err := sign(ctx, oauth.TypLogoutToken, logoutTokenClaims{
		Issuer: i.cfg.Issuer, Subject: subject, Audience: client.ID,
		IssuedAt: now.Unix(), Expires: now.Add(logoutTokenLifetime).Unix(), ID: newID(),
		Events: map[string]map[string]any{oauth.LogoutEvent: {}}, SessionID: sid,
	})
	if err != nil {
		return "", err
	}
	return i.encrypted(ctx, client, client.IDTokenEncryptedResponseAlg, client.IDTokenEncryptedResponseEnc, keys.ContentJWT, token)
}
