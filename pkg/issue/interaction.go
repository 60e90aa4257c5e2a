package issue

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// interactionLifetime is how long a person may take to answer.
const interactionLifetime = time.Hour

// Interaction is an authorization request that waits for its person. Its ID
// travels in URLs and forms; it is of use only to the browser that it was opened
// in, so nobody can have another answer theirs (login CSRF: RFC 9700 §4.7).
type Interaction struct {
	ID       string
	Request  AuthorizationRequest
	Progress Progress

	// Challenge is what a passkey must sign to be one for this request, in this browser:
	// see SpendChallenge.
	Challenge []byte

	kept    interactionRecord
	version string
}

type interactionRecord struct {
	Browser   []byte               `json:"browser"` // SHA-256
	Request   AuthorizationRequest `json:"request"`
	Progress  Progress             `json:"progress"`
	Challenge []byte               `json:"challenge"`
	Expires   time.Time            `json:"expires"`
}

func interactionKey(id string) store.Key {
	return store.Key{Partition: "interaction#" + id, Sort: "interaction"}
}

// ErrAnswered is wrapped by the error of who comes second: the interaction was there
// when it was loaded, and another request about it has been faster since.
var ErrAnswered = errors.New("issue: the interaction was answered meanwhile")

// OpenInteraction keeps a request for an hour, bound to the browser that holds the
// secret.
func (i *Issuer) OpenInteraction(ctx context.Context, req AuthorizationRequest, browser oauth.Secret) (Interaction, error) {
	if browser == "" {
		return Interaction{}, errors.New("issue: an interaction without a browser")
	}
	id := newID()
	kept := interactionRecord{Browser: browser.Hash(), Request: req, Challenge: newChallenge(), Expires: i.now().Add(interactionLifetime)}
	err := i.state.Write(ctx, store.Put(interactionKey(id), kept).Until(kept.Expires).IfAbsent())
	if err != nil {
		return Interaction{}, err
	}
	return i.LoadInteraction(ctx, id, browser) // for its version
}

// LoadInteraction returns an interaction to the browser that it belongs to. It
// returns invalid_request when it is unknown, expired, answered or another
// browser's, without telling which.
func (i *Issuer) LoadInteraction(ctx context.Context, id string, browser oauth.Secret) (Interaction, error) {
	if id == "" || browser == "" {
		return Interaction{}, errNoInteraction()
	}
	kept, version, err := store.Load[interactionRecord](ctx, i.state, interactionKey(id))
	if errors.Is(err, store.ErrNotFound) || interactionKey(id).Validate() != nil {
		return Interaction{}, errNoInteraction()
	}
	if err != nil {
		return Interaction{}, err
	}
	if subtle.ConstantTimeCompare(kept.Browser, browser.Hash()) != 1 || !i.now().Before(kept.Expires) {
		return Interaction{}, errNoInteraction()
	}
	return Interaction{
		ID: id, Request: kept.Request, Progress: kept.Progress, Challenge: kept.Challenge, kept: kept, version: version,
	}, nil
}

// Stands reports whether the request still is one that the client may make: while a
// person takes their time, a client can lose a redirect URI, scope, or its ID to another.
// Of one that does not, nobody but the person may hear. It returns invalid_request.
func (it Interaction) Stands(client oauth.Client) error {
	opened := it.kept.Expires.Add(-interactionLifetime)
	if opened.Before(client.IssuedAt) || !registered(client.RedirectURIs, it.Request.RedirectURI) || !it.Request.Scope.Within(client.Scope) {
		return errNoInteraction()
	}
	return nil
}

// SaveInteraction keeps the progress made. It returns invalid_request, by
// ErrAnswered, when the interaction was answered in another window since it was
// loaded.
func (i *Issuer) SaveInteraction(ctx context.Context, it Interaction) (Interaction, error) {
	it.kept.Progress = it.Progress
	key := interactionKey(it.ID)
	err := i.state.Write(ctx, store.Put(key, it.kept).Until(it.kept.Expires).IfVersion(it.version))
	if err != nil {
		return Interaction{}, answered(err)
	}
	record, err := i.state.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return Interaction{}, errAnswered()
	}
	it.version = record.Version
	return it, err
}

// SpendChallenge puts another challenge in the place of the one that a passkey has
// signed, before anybody looks at what it signed: of any number who send one signature,
// one is looked at (Web Authentication Level 3 §13.4.3). The others get invalid_request,
// by ErrAnswered.
func (i *Issuer) SpendChallenge(ctx context.Context, it Interaction) (Interaction, error) {
	it.kept.Challenge = newChallenge()
	it.Challenge = it.kept.Challenge
	return i.SaveInteraction(ctx, it)
}

// newChallenge has twice the bits that Web Authentication Level 3 §13.4.3 asks for.
func newChallenge() []byte {
	challenge := make([]byte, 32)
	_, _ = rand.Read(challenge) // it never fails
	return challenge
}

// CloseInteraction ends an interaction, before Authorize or Refuse. Only one caller
// ends it; the others get invalid_request, by ErrAnswered, and judge whether they are
// the same click once more or come too late.
func (i *Issuer) CloseInteraction(ctx context.Context, it Interaction) error {
	return answered(i.state.Write(ctx, store.Delete(interactionKey(it.ID)).IfVersion(it.version)))
}

func answered(err error) error {
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		return errAnswered()
	}
	return err
}

func errNoInteraction() error {
	return oauth.InvalidRequest.Errorf("parameter interaction is unknown here, has expired or was answered already")
}

func errAnswered() error {
	return oauth.InvalidRequest.Errorf("parameter interaction was answered already: %w", ErrAnswered)
}
