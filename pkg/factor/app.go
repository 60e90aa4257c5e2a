package factor

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// App is an authenticator app that shows codes (RFC 6238). A person has one; another
// takes its place.
type App struct {
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
}

// appRecord is what lies with the person.
type appRecord struct {
	App
	Secret   []byte `json:"secret"`    // sealed
	LastStep int64  `json:"last_step"` // the last time step whose code was used
}

// appSecretBytes is the length of an HMAC-SHA-1 key (RFC 4226 §4, R6).
const appSecretBytes = 20

func appPurpose(userID string) string { return "totp secret of " + userID }

// OfferApp returns a new key for the person's app.
func (f *Factors) OfferApp(ctx context.Context, userID string, browser oauth.Secret) (Offer, error) {
	return f.offer(ctx, appKind, userID, browser, appSecretBytes)
}

// OfferedApp opens what OfferApp sealed; ErrExpired for anything else.
func (f *Factors) OfferedApp(ctx context.Context, userID string, browser oauth.Secret, sealed string) (Offer, error) {
	return f.accepted(ctx, appKind, userID, browser, sealed)
}

// Text is the key as it is typed into an app.
func (o Offer) Text() string { return base32.StdEncoding.EncodeToString(o.Secret) } // of 20 bytes, so without padding

// URI is the key as an app reads it from a QR code. The names show there.
func (o Offer) URI(issuer, username string) string {
	label := url.PathEscape(issuer) + ":" + url.PathEscape(username)
	query := "secret=" + o.Text() + "&issuer=" + url.PathEscape(issuer) // a + for a space would show in some apps
	return "otpauth://totp/" + label + "?" + query
}

// AddApp gives the person an app, in place of the one that they had, once it has shown a
// code: a key that never arrived would lock them out.
func (f *Factors) AddApp(ctx context.Context, user identity.User, offer Offer, code, address string) error {
	return f.people.TryCode(ctx, user.ID, address, func(ctx context.Context) error {
		_, err := f.change(ctx, user.ID, AppAdded, func(ctx context.Context, who identity.Standing, _ Set) ([]store.Change, error) {
			if err := who.Here(); err != nil {
				return nil, err
			}
			return f.confirmed(ctx, user.ID, offer, code)
		})
		if err == nil {
			f.record(ctx, audit.FactorAdded, user.ID, appKind, "")
		}
		return err
	})
}

// confirmed is the change that keeps an app whose code this is.
func (f *Factors) confirmed(ctx context.Context, userID string, offer Offer, code string) ([]store.Change, error) {
	standing, _, err := store.Load[appRecord](ctx, f.users, keyOf(userID, appKind))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("load app: %w", err)
	}
	used, ok := matching(offer.Secret, code, f.now(), standing.LastStep) // a form that is sent twice confirms once
	if !ok {
		return nil, refused(ErrWrong)
	}
	sealed, err := f.sealer.Seal(ctx, offer.Secret, appPurpose(userID))
	if err != nil {
		return nil, fmt.Errorf("seal app: %w", err)
	}
	kept := appRecord{App: App{Created: f.now().UTC()}, Secret: sealed, LastStep: used}
	return []store.Change{store.Put(keyOf(userID, appKind), kept)}, nil
}

// CheckCode takes a code of the person's app. Of any number who send one code at once,
// one is let in: the step is remembered by a conditional write (RFC 6238 §5.2).
func (f *Factors) CheckCode(ctx context.Context, userID, code, address string) error {
	return f.tried(ctx, userID, appKind, address, func(ctx context.Context) error {
		for {
			kept, version, err := store.Load[appRecord](ctx, f.users, keyOf(userID, appKind))
			if errors.Is(err, store.ErrNotFound) {
				return refused(fmt.Errorf("the person has no app: %w", ErrWrong))
			}
			if err != nil {
				return fmt.Errorf("load app: %w", err)
			}
			secret, err := f.sealer.Open(ctx, kept.Secret, appPurpose(userID))
			if err != nil {
				return fmt.Errorf("open app: %w", err)
			}
			used, ok := matching(secret, code, f.now(), kept.LastStep)
			if !ok {
				return refused(ErrWrong)
			}
			kept.LastStep, kept.Used = used, f.now().UTC()
			err = f.users.Write(ctx, store.Put(keyOf(userID, appKind), kept).IfVersion(version))
			if _, ok := conflict(err); !ok {
				return err
			}
		}
	})
}

// RemoveApp takes the person's app away, if they have one.
func (f *Factors) RemoveApp(ctx context.Context, userID string) error {
	return f.remove(ctx, userID, AppRemoved, appKind, "", func(_ context.Context, _ identity.Standing, set Set) (Set, []store.Change, error) {
		if set.App == nil {
			return set, nil, nil
		}
		set.App = nil
		return set, []store.Change{store.Delete(keyOf(userID, appKind))}, nil
	})
}
