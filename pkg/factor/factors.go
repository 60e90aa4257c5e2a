// Package factor answers "can they prove it another way?": by passkeys, by codes of an
// authenticator app, by recovery codes. It keeps what each is recognised by, and judges
// the codes; passkeys are judged in package passkey. It never says who is signed in: what
// a proof is good for is decided in package issue.
package factor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Factors are what people prove themselves by beside their passwords. They lie with
// their person in the user table.
type Factors struct {
	users  store.Table
	people *identity.Users
	sealer *keys.Sealer
	trail  *audit.Trail
	tell   Tell // nil: nobody hears of changes
	now    func() time.Time
}

// Open keeps factors of these people in the user table; sealer seals the secrets of
// authenticator apps.
func Open(users store.Table, people *identity.Users, sealer *keys.Sealer) *Factors {
	return &Factors{users: users, people: people, sealer: sealer, now: time.Now}
}

// Errors of which a page tells its person; each is the cause of an invalid_grant.
var (
	ErrWrong   = errors.New("factor: wrong")                 // the code, or what a passkey signed
	ErrExpired = errors.New("factor: the offer has expired") // or was made to somebody else
	ErrTaken   = errors.New("factor: the passkey is known")  // to be somebody's, or this person's
	ErrMany    = errors.New("factor: too many passkeys")
	ErrName    = errors.New("factor: not a name")
)

func refused(why error) error {
	return oauth.InvalidGrant.Errorf("the factor was not accepted: %w", why)
}

// Set is what one person can prove themselves by.
type Set struct {
	Passkeys      []Passkey // in the order in which they were added
	App           *App      // nil for none
	RecoveryCodes int       // how many are left
}

// Any reports whether the person has a second factor. Recovery codes stand in for one
// that is lost, and are none by themselves.
func (s Set) Any() bool { return len(s.Passkeys) > 0 || s.App != nil }

// Kind begins the sort keys of all factors of a person, so that they are one List.
const Kind = "factor"

// Kinds of factors.
const (
	passkeyKind  = "passkey"
	appKind      = "totp"
	recoveryKind = "recovery-codes"
)

func keyOf(userID, kind string) store.Key {
	return store.Key{Partition: identity.Partition(userID), Sort: Kind + "#" + kind}
}

// Of returns what the person can prove themselves by. Nobody, and who is no more, has
// nothing.
func (f *Factors) Of(ctx context.Context, userID string) (Set, error) {
	records, err := f.lying(ctx, userID)
	if err != nil {
		return Set{}, err
	}
	var s Set
	for _, r := range records {
		switch kindOf(r) {
		case passkeyKind:
			p, err := store.Decode[Passkey](r)
			if err != nil {
				return Set{}, err
			}
			s.Passkeys = append(s.Passkeys, p)
		case appKind:
			kept, err := store.Decode[appRecord](r)
			if err != nil {
				return Set{}, err
			}
			s.App = &kept.App
		case recoveryKind:
			kept, err := store.Decode[recoveryRecord](r)
			if err != nil {
				return Set{}, err
			}
			s.RecoveryCodes = len(kept.Hashes)
		}
	}
	inOrder(s.Passkeys)
	return s, nil
}

// lying returns all records of factors that lie with the person.
func (f *Factors) lying(ctx context.Context, userID string) ([]store.Record, error) {
	if userID == "" {
		return nil, nil
	}
	records, err := store.All(ctx, f.users, identity.Partition(userID), Kind+"#")
	if err != nil {
		return nil, fmt.Errorf("list factors: %w", err)
	}
	return records, nil
}

func kindOf(r store.Record) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(r.Key.Sort, Kind+"#"), "#")
	return kind
}

// RemoveAll leaves the person their password alone: an administrator helps somebody who
// has lost everything.
func (f *Factors) RemoveAll(ctx context.Context, userID string) error {
	var kinds []string
	made, err := f.change(ctx, userID, AllRemoved, func(ctx context.Context, _ identity.Standing, _ Set) ([]store.Change, error) {
		records, err := f.lying(ctx, userID)
		if err != nil {
			return nil, err
		}
		kinds = nil
		var gone []store.Change
		for _, r := range records {
			taken, err := taking(r)
			if err != nil {
				return nil, err
			}
			kinds, gone = append(kinds, kindOf(r)), append(gone, taken...)
		}
		return gone, nil
	})
	if made {
		for _, kind := range kinds {
			f.record(ctx, audit.FactorRemoved, userID, kind, "")
		}
	}
	return err
}

// Forget takes all factors from a person who is being deleted, to whom nothing comes any
// more. It can be broken off and done again.
func (f *Factors) Forget(ctx context.Context, userID string) error {
	records, err := f.lying(ctx, userID)
	if err != nil {
		return err
	}
	for _, r := range records {
		gone, err := taking(r)
		if err != nil {
			return err
		}
		if err := f.users.Write(ctx, gone...); err != nil {
			return fmt.Errorf("remove factors: %w", err)
		}
		f.record(ctx, audit.FactorRemoved, userID, kindOf(r), "")
	}
	return nil
}

// taking are the changes that take the factor of a record away.
func taking(r store.Record) ([]store.Change, error) {
	gone := []store.Change{store.Delete(r.Key)}
	if kindOf(r) != passkeyKind {
		return gone, nil
	}
	p, err := store.Decode[Passkey](r)
	return append(gone, store.Delete(credentialKey(p.ID))), err
}

func conflict(err error) (*store.Conflict, bool) {
	var c *store.Conflict
	return c, errors.As(err, &c)
}
