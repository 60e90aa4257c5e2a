package upstream

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// signedOutURI is where a provider sends people back to who have signed out there
// (RP-Initiated Logout §3).
func signedOutURI(issuer string) string { return issuer + "/upstream/signed-out" }

// returnLifetime is how long somebody may take to sign out at a provider.
const returnLifetime = 10 * time.Minute

// returnRecord is where a person goes on who comes back from signing out.
type returnRecord struct {
	Browser []byte    `json:"browser"` // SHA-256
	Onward  string    `json:"onward,omitempty"`
	Expires time.Time `json:"expires"`
}

func returnKey(state string) store.Key {
	key := errandKey(state)
	return store.Key{Partition: key.Partition, Sort: "return"}
}

// hintPurpose binds the id_token of a session to what it is kept for.
func hintPurpose(provider string) string { return "id_token of a session at " + provider }

// Elsewhere is what a session remembers of the sign-in that it rests on. The id_token is
// kept where signing out is to reach the provider, which knows by it who asks.
func (r *RelyingParty) Elsewhere(ctx context.Context, v Vouched) (*identity.Elsewhere, error) {
	e := &identity.Elsewhere{
		Provider: v.Provider.ID, Issuer: v.Issuer, Subject: v.Subject, SessionID: v.SessionID, AuthTime: v.AuthTime,
	}
	if !v.Provider.PropagateLogout || v.IDToken == "" {
		return e, nil
	}
	var err error
	e.IDToken, err = r.sealer.Seal(ctx, []byte(v.IDToken), hintPurpose(v.Provider.ID))
	return e, err
}

// EndSession returns where the browser is to go so that the session ends at the provider,
// too (RP-Initiated Logout §2), "" where that is not wanted, or cannot be: who signs out
// here is signed out, whatever another provider does. onward is where they go afterwards.
func (r *RelyingParty) EndSession(ctx context.Context, e identity.Elsewhere, browser oauth.Secret, onward string) (string, error) {
	p, err := r.Providers.Get(ctx, e.Provider)
	if errors.Is(err, store.ErrNotFound) || err == nil && !p.PropagateLogout || browser == "" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	m, err := r.metadata(ctx, p)
	if err != nil || m.endSession == "" {
		return "", nil // an outage there is none here
	}
	state := rand.Text() + rand.Text()
	kept := returnRecord{Browser: browser.Hash(), Onward: onward, Expires: r.now().Add(returnLifetime)}
	if err := r.state.Write(ctx, store.Put(returnKey(state), kept).Until(kept.Expires).IfAbsent()); err != nil {
		return "", err
	}
	query := url.Values{"client_id": {p.ClientID}, "post_logout_redirect_uri": {signedOutURI(r.issuer)}, "state": {state}}
	if e.IDToken != nil {
		hint, err := r.sealer.Open(ctx, e.IDToken, hintPurpose(p.ID))
		if err != nil {
			return "", err
		}
		query.Set("id_token_hint", string(hint))
	}
	return withQuery(m.endSession, query), nil
}

// Return is where somebody goes on who comes back from signing out at a provider, once,
// in the browser that went there; "" for anybody else.
func (r *RelyingParty) Return(ctx context.Context, state string, browser oauth.Secret) (string, error) {
	if len(state) != stateLength || browser == "" {
		return "", nil
	}
	kept, version, err := store.Load[returnRecord](ctx, r.state, returnKey(state))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare(kept.Browser, browser.Hash()) != 1 || !r.now().Before(kept.Expires) {
		return "", nil
	}
	err = r.state.Write(ctx, store.Delete(returnKey(state)).IfVersion(version))
	if errors.As(err, new(*store.Conflict)) {
		return "", nil
	}
	return kept.Onward, err
}
