package upstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const (
	logoutSkew     = time.Minute
	maxLogoutToken = 24 * time.Hour // for so long it is remembered
)

// Ended is what has ended at a provider: a session, or all of a person. Its only source
// is ReadLogout.
type Ended struct {
	Provider  Provider
	Issuer    string
	Subject   string // "" where the session alone is named
	SessionID string // "" for all

	used    store.Key
	expires time.Time
}

// ReadLogout reads what a provider tells of sessions that have ended (Back-Channel Logout
// §2.6). It is invalid_request where the token is not the provider's, not for this one,
// not for that, or was here before. Spend comes after what it tells was done.
func (r *RelyingParty) ReadLogout(ctx context.Context, provider, token string) (Ended, error) {
	p, err := r.Providers.Get(ctx, provider)
	if errors.Is(err, store.ErrNotFound) || err == nil && (p.Disabled || p.Kind != OpenID) {
		return Ended{}, oauth.InvalidRequest.Errorf("there is no such provider")
	}
	if err != nil {
		return Ended{}, err
	}
	jws, claims, err := r.signedLogout(ctx, p, token)
	if err != nil {
		return Ended{}, err
	}
	e := Ended{Provider: p}
	if e.Issuer, err = p.issuerOf(jws); err != nil {
		return Ended{}, oauth.InvalidRequest.Errorf("logout_token: %w", err)
	}
	if err := e.read(claims, r.now()); err != nil {
		return Ended{}, oauth.InvalidRequest.Errorf("logout_token is not good: %w", err)
	}
	if _, err := r.state.Get(ctx, e.used); !errors.Is(err, store.ErrNotFound) {
		return Ended{}, errors.Join(err, oauth.InvalidRequest.Errorf("the logout_token was used already"))
	}
	return e, nil
}

// signedLogout verifies the signature, by the algorithms and keys of id_tokens.
func (r *RelyingParty) signedLogout(ctx context.Context, p Provider, token string) (jose.JWS, jose.Claims, error) {
	fail := func(err error) (jose.JWS, jose.Claims, error) {
		return jose.JWS{}, nil, oauth.InvalidRequest.Errorf("logout_token is not the provider's: %w", err)
	}
	jws, err := jose.ParseForeignCompact(token, jose.MaxAssertionBytes)
	if err != nil {
		return fail(err)
	}
	if !slices.Contains([]string{"", "JWT", oauth.TypLogoutToken}, jws.Header.Type) {
		return fail(errors.New("its typ is another kind's"))
	}
	m, err := r.metadata(ctx, p)
	if err != nil {
		return jose.JWS{}, nil, oauth.TemporarilyUnavailable.Errorf("the provider cannot be asked for its keys: %w", err)
	}
	if !slices.Contains(m.algs, jws.Header.Alg) {
		return fail(errors.New("alg is not accepted"))
	}
	issuer, err := p.issuerOf(jws)
	if err != nil {
		return fail(err)
	}
	source, err := r.keysFor(ctx, p, issuer)
	if err != nil {
		return jose.JWS{}, nil, err
	}
	key, err := source.Key(ctx, jws.Header.KeyID)
	if err != nil {
		return fail(err)
	}
	if err := jws.Verify(key); err != nil {
		return fail(err)
	}
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return fail(err)
	}
	return jws, claims, nil
}

// read applies Back-Channel Logout §2.6, steps 3 to 8, to claims that are genuine.
func (e *Ended) read(claims jose.Claims, now time.Time) error {
	if issuer, _, err := claims.String("iss"); err != nil || issuer != e.Issuer {
		return errors.New("it is another issuer's")
	}
	if audience, _, err := claims.Strings("aud"); err != nil || !slices.Contains(audience, e.Provider.ClientID) {
		return errors.New("it is for another client")
	}
	issued, present, err := claims.Time("iat")
	if err != nil || !present || issued.After(now.Add(logoutSkew)) {
		return errors.New("iat is missing or in the future")
	}
	e.expires, present, err = claims.Time("exp")
	if err != nil || !present || !now.Before(e.expires) || e.expires.After(now.Add(maxLogoutToken)) {
		return errors.New("exp is missing, over or too far away")
	}
	events, _ := claims["events"].(map[string]any)
	if _, ok := events[oauth.LogoutEvent].(map[string]any); !ok {
		return errors.New("it tells of no logout")
	}
	if _, present := claims["nonce"]; present { // or an id_token could pass for it
		return errors.New("it has a nonce")
	}
	var errSubject, errSession error
	e.Subject, _, errSubject = claims.String("sub")
	e.SessionID, _, errSession = claims.String("sid")
	if errSubject != nil || errSession != nil || e.Subject == "" && e.SessionID == "" {
		return errors.New("it names neither a session nor a person")
	}
	id, _, err := claims.String("jti")
	if err != nil || id == "" {
		return errors.New("jti is missing")
	}
	e.used = store.Key{Partition: "logout-token#" + store.Digest(e.Issuer, id), Sort: "used"}
	return nil
}

// Spend remembers that what the token tells was done, so that it ends nothing that begins
// later.
func (r *RelyingParty) Spend(ctx context.Context, e Ended) error {
	err := r.state.Write(ctx, store.Put(e.used, struct{}{}).Until(e.expires).IfAbsent())
	if errors.As(err, new(*store.Conflict)) {
		return nil // by another instance, which was told at the same time
	}
	if err != nil {
		return fmt.Errorf("remember logout token: %w", err)
	}
	return nil
}
