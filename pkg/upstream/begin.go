package upstream

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// errandLifetime is how long somebody may take at the other provider, which may have
// them make an account there first.
const errandLifetime = time.Hour

// Wish is what somebody is sent to another provider for.
type Wish struct {
	Interaction string // that waits for it, if any
	UserID      string // whose account is to be connected, if that is what it is for
	SessionID   string // in which they asked for that

	LoginHint string
	ACRValues []string
	Select    bool // choose among the accounts there
	MaxAge    *int // seconds; 0 for signing in anew
}

// errandRecord is what lies at an errand's key, which its state leads to.
type errandRecord struct {
	Provider    string    `json:"provider"`
	Browser     []byte    `json:"browser"` // SHA-256
	Interaction string    `json:"interaction,omitempty"`
	UserID      string    `json:"sub,omitempty"`
	SessionID   string    `json:"sid,omitempty"`
	MaxAge      *int      `json:"max_age,omitempty"`
	Began       time.Time `json:"began"`
	Expires     time.Time `json:"expires"`
}

func errandKey(state string) store.Key {
	return store.Key{Partition: "upstream#" + store.Digest(state), Sort: "errand"}
}

// stateLength is that of two texts of 130 random bits.
const stateLength = 52

// derived is a secret of an errand, for one use. It is made of the browser's own secret,
// which never leaves the two of us: so neither who sees the state in a URL nor who reads
// the table can redeem the code or make an answer for another browser fit.
func derived(browser oauth.Secret, use, state string) string {
	mac := hmac.New(sha256.New, []byte(browser))
	_, _ = mac.Write([]byte("ostiary upstream " + use + " " + state)) // never fails: hash.Hash
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Begin returns where the browser is to go so that the provider says who is at it
// (OpenID Connect Core §3.1.2.1). The error is a *Failure where the provider cannot be
// reached.
func (r *RelyingParty) Begin(ctx context.Context, p Provider, browser oauth.Secret, w Wish) (string, error) {
	if browser == "" {
		return "", errors.New("upstream: an errand without a browser")
	}
	if p.Disabled {
		return "", oauth.InvalidRequest.Errorf("parameter provider names one that is switched off")
	}
	m, err := r.metadata(ctx, p)
	if err != nil {
		return "", &Failure{p, err}
	}
	state, now := rand.Text()+rand.Text(), r.now().UTC()
	kept := errandRecord{
		Provider: p.ID, Browser: browser.Hash(), Interaction: w.Interaction, UserID: w.UserID, SessionID: w.SessionID,
		MaxAge: w.MaxAge, Began: now, Expires: now.Add(errandLifetime),
	}
	if err := r.state.Write(ctx, store.Put(errandKey(state), kept).Until(kept.Expires).IfAbsent()); err != nil {
		return "", err
	}
	return withQuery(m.authorization, r.asked(p, browser, state, w)), nil
}

// asked are the parameters of the authorization request.
func (r *RelyingParty) asked(p Provider, browser oauth.Secret, state string, w Wish) url.Values {
	challenge := sha256.Sum256([]byte(derived(browser, "verifier", state)))
	query := url.Values{
		"response_type": {oauth.ResponseTypeCode}, "client_id": {p.ClientID}, "redirect_uri": {RedirectURI(r.issuer, p.ID)},
		"scope": {p.Scope.String()}, "state": {state},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])}, // RFC 7636 §4.3
		"code_challenge_method": {oauth.CodeChallengeMethodS256},
	}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("login_hint", w.LoginHint)
	if w.Select {
		set("prompt", "select_account") // GitHub knows it, too
	}
	if p.Kind != OpenID {
		return query
	}
	set("nonce", derived(browser, "nonce", state))
	set("response_mode", string(p.ResponseMode))
	if p.KeepTokens && p.Issuer == google {
		set("access_type", "offline") // where others have a scope: without it there is no refresh token
	}
	set("acr_values", strings.Join(w.ACRValues, " "))
	if w.MaxAge != nil {
		set("max_age", strconv.Itoa(*w.MaxAge))
		if *w.MaxAge == 0 {
			set("prompt", "login")
		}
	}
	return query
}

// withQuery adds parameters to a URI that may have some (RFC 6749 §3.1).
func withQuery(uri string, params url.Values) string {
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + params.Encode()
}
