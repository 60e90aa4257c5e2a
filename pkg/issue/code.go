package issue

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const (
	codeLifetime  = time.Minute    // RFC 6749 §4.1.2 recommends ten at most
	codeTombstone = 24 * time.Hour // how long a used code is known, to tell a replay from a typo
)

// code is the record of an authorization code: all that its tokens will say, and
// what must be presented with it. On the wire it is locator.secret.
type code struct {
	Secret []byte `json:"secret"` // SHA-256

	ClientID      string        `json:"client_id"`
	RedirectURI   string        `json:"redirect_uri"`
	CodeChallenge string        `json:"code_challenge,omitempty"`
	Nonce         string        `json:"nonce,omitempty"`
	Scope         oauth.Scope   `json:"scope"`
	Audience      []string      `json:"audience"`
	Claims        ClaimsRequest `json:"claims,omitzero"`

	UserID    string    `json:"sub"`
	Epoch     int       `json:"epoch"` // the person's, when they agreed
	SessionID string    `json:"sid"`
	AuthTime  time.Time `json:"auth_time"`
	AMR       []string  `json:"amr,omitempty"`
	ACR       string    `json:"acr,omitempty"`

	Expires time.Time `json:"expires"`
	GrantID string    `json:"grant_id,omitempty"` // what the first use opened; "" while unused

	locator, version string
}

func codeKey(locator string) store.Key {
	return store.Key{Partition: "code#" + locator, Sort: "code"}
}

// Authorize gives the client a code (RFC 6749 §4.1.2), to be called when Next says
// Done. It holds by itself that the person has agreed: consent must have been
// granted before, unless the client may skip it. The session remembers the client,
// so that it will hear of the session's end.
func (i *Issuer) Authorize(ctx context.Context, req AuthorizationRequest, client oauth.Client, signedIn identity.SignedIn) (AuthorizationResponse, error) {
	fail := func(err error) (AuthorizationResponse, error) {
		return AuthorizationResponse{}, &Refusal{req, err}
	}
	if IsOwnClient(client.ID) {
		return fail(errors.New("issue: a code for a page of our own"))
	}
	var err error
	if req.Scope, err = i.agreeable(ctx, signedIn.User, req.Scope); err != nil {
		return fail(err)
	}
	if err := i.stillAgreed(ctx, req, client, signedIn.User.ID); err != nil {
		return fail(err)
	}
	err = i.sessions.AddClient(ctx, signedIn.ID, signedIn.User.ID, client)
	if errors.Is(err, store.ErrNotFound) {
		return fail(oauth.LoginRequired.Errorf("the person has signed out meanwhile"))
	}
	if err != nil {
		return fail(err)
	}
	locator, secret := newID(), oauth.Secret(newID())
	kept := code{
		Secret: secret.Hash(), ClientID: client.ID, RedirectURI: req.RedirectURI, CodeChallenge: req.CodeChallenge,
		Nonce: req.Nonce, Scope: req.Scope, Audience: req.Audience, Claims: req.Claims,
		UserID: signedIn.User.ID, Epoch: signedIn.Epoch, SessionID: signedIn.ID,
		AuthTime: signedIn.AuthTime, AMR: signedIn.AMR, ACR: req.reported(signedIn.ACR), Expires: i.now().Add(codeLifetime),
	}
	if err := i.state.Write(ctx, store.Put(codeKey(locator), kept).Until(kept.Expires).IfAbsent()); err != nil {
		return fail(err)
	}
	return i.respond(req, url.Values{"code": {locator + "." + string(secret)}}), nil
}

func (i *Issuer) stillAgreed(ctx context.Context, req AuthorizationRequest, client oauth.Client, userID string) error {
	if client.SkipConsent {
		return nil
	}
	given, err := i.consent(ctx, userID, client)
	if err == nil && !given.covers(req) {
		return oauth.ConsentRequired.Errorf("the person has not agreed to this")
	}
	return err
}

// openCode finds the record of a code. What is not ours, or was never whole, is
// noise; it ends nothing.
func (i *Issuer) openCode(ctx context.Context, presented string) (code, error) {
	locator, secret, _ := strings.Cut(presented, ".")
	if locator == "" || len(presented) > 128 {
		return code{}, errNoCode()
	}
	kept, version, err := store.Load[code](ctx, i.state, codeKey(locator))
	if errors.Is(err, store.ErrNotFound) {
		return code{}, errNoCode()
	}
	if err != nil {
		return code{}, err
	}
	if subtle.ConstantTimeCompare(kept.Secret, oauth.Secret(secret).Hash()) != 1 {
		return code{}, errNoCode()
	}
	kept.locator, kept.version = locator, version
	return kept, nil
}

func errNoCode() error {
	return oauth.InvalidGrant.Errorf("the code is unknown or has expired")
}
