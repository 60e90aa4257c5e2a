package factor

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// offerLifetime is how long a person may take to add a factor.
const offerLifetime = 10 * time.Minute

const offerPurpose = "offer of a factor"

// Offer is a secret of ours that a person is to add a factor with: the key of an
// authenticator app, or the challenge to a passkey. It travels through their browser,
// sealed, and nothing is kept until they have shown that they can use it. It is of use
// to that person in that browser alone: two who both know a password would else share
// the key that one of them put into their app.
type Offer struct {
	Secret []byte
	Sealed string // for the form
}

type offered struct {
	Kind    string    `json:"kind"`
	UserID  string    `json:"sub"`
	Browser []byte    `json:"browser"` // SHA-256
	Secret  []byte    `json:"secret"`
	Expires time.Time `json:"expires"`
}

func (f *Factors) offer(ctx context.Context, kind, userID string, browser oauth.Secret, bytes int) (Offer, error) {
	if userID == "" || browser == "" {
		return Offer{}, errors.New("factor: an offer to nobody, or to no browser")
	}
	secret := make([]byte, bytes)
	_, _ = rand.Read(secret) // it never fails
	text, err := json.Marshal(offered{kind, userID, browser.Hash(), secret, f.now().Add(offerLifetime).UTC()})
	if err != nil {
		return Offer{}, fmt.Errorf("encode offer: %w", err)
	}
	sealed, err := f.sealer.Seal(ctx, text, offerPurpose)
	return Offer{secret, base64.RawURLEncoding.EncodeToString(sealed)}, err
}

// accepted opens an offer that was made to this person, in this browser.
func (f *Factors) accepted(ctx context.Context, kind, userID string, browser oauth.Secret, sealed string) (Offer, error) {
	ciphertext, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return Offer{}, refused(ErrExpired)
	}
	text, err := f.sealer.Open(ctx, ciphertext, offerPurpose)
	if errors.Is(err, keys.ErrForeign) {
		return Offer{}, refused(ErrExpired)
	}
	if err != nil {
		return Offer{}, err
	}
	var o offered
	if err := json.Unmarshal(text, &o); err != nil {
		return Offer{}, fmt.Errorf("decode offer: %w", err)
	}
	if o.Kind != kind || o.UserID != userID || subtle.ConstantTimeCompare(o.Browser, browser.Hash()) != 1 || !f.now().Before(o.Expires) {
		return Offer{}, refused(ErrExpired)
	}
	return Offer{o.Secret, sealed}, nil
}

// challengeBytes is twice what Web Authentication Level 3 §13.4.3 asks for.
const challengeBytes = 32

// OfferPasskey returns the challenge to a passkey that the person wants to add.
func (f *Factors) OfferPasskey(ctx context.Context, userID string, browser oauth.Secret) (Offer, error) {
	return f.offer(ctx, passkeyKind, userID, browser, challengeBytes)
}

// OfferedPasskey opens what OfferPasskey sealed; ErrExpired for anything else.
func (f *Factors) OfferedPasskey(ctx context.Context, userID string, browser oauth.Secret, sealed string) (Offer, error) {
	return f.accepted(ctx, passkeyKind, userID, browser, sealed)
}
