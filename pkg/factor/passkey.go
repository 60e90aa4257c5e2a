package factor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Passkey is a credential of WebAuthn, as it is remembered (Web Authentication Level 3
// §4, credential record).
type Passkey struct {
	ID         []byte    `json:"id"`
	PublicKey  []byte    `json:"public_key"` // COSE_Key
	SignCount  uint32    `json:"sign_count"`
	Name       string    `json:"name"` // by the person
	AAGUID     []byte    `json:"aaguid,omitempty"`
	Transports []string  `json:"transports,omitempty"`
	Synced     bool      `json:"synced,omitempty"` // backup eligible: it may be on several devices
	BackedUp   bool      `json:"backed_up,omitempty"`
	Created    time.Time `json:"created"`
	Used       time.Time `json:"used,omitzero"`
}

// Handle names a passkey in URLs and commands: the beginning of its key in the table.
func (p Passkey) Handle() string { return credentialHash(p.ID) }

// credentialHash stands for a credential ID, which may be longer than a sort key.
func credentialHash(id []byte) string { return store.Digest(string(id)) }

func passkeyKey(userID, handle string) store.Key { return keyOf(userID, passkeyKind+"#"+handle) }

// credentialKey is where it lies whose a credential is.
func credentialKey(id []byte) store.Key {
	return store.Key{Partition: "credential#" + credentialHash(id), Sort: "person"}
}

// credentialOwner is what lies there.
type credentialOwner struct {
	UserID string `json:"sub"`
}

// Bounds of what a person may add, and of what a browser may send.
const (
	maxPasskeys         = 20
	maxNameRunes        = 64
	maxCredentialBytes  = 1023 // Web Authentication Level 3 §4, credential ID
	maxPublicKeyBytes   = 2 << 10
	maxTransports       = 8
	maxTransportedBytes = 32
)

func inOrder(passkeys []Passkey) {
	slices.SortStableFunc(passkeys, func(a, b Passkey) int { return a.Created.Compare(b.Created) })
}

// checkName takes what shows on one line.
func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxNameRunes || strings.ContainsFunc(name, unicode.IsControl) {
		return "", refused(ErrName)
	}
	return name, nil
}

// AddPasskey gives the person a passkey, whose key was seen to be good. Of any number of
// people who add one credential at once, one gets it (Web Authentication Level 3 §7.1,
// credentialId is not registered for any user): both records are one conditional Write,
// with the person's own, or it would be a passkey of nobody.
func (f *Factors) AddPasskey(ctx context.Context, userID string, p Passkey) (Passkey, error) {
	name, err := checkName(p.Name)
	if err != nil {
		return Passkey{}, err
	}
	if err := checkPasskey(p); err != nil {
		return Passkey{}, err
	}
	p.Name = name
	_, err = f.change(ctx, userID, PasskeyAdded, func(ctx context.Context, who identity.Standing, set Set) ([]store.Change, error) {
		if err := who.Here(); err != nil {
			return nil, err
		}
		if len(set.Passkeys) >= maxPasskeys {
			return nil, refused(ErrMany)
		}
		owner, err := f.unowned(ctx, userID, p.ID)
		if err != nil {
			return nil, err
		}
		p.Created = f.now().UTC()
		return []store.Change{store.Put(passkeyKey(userID, p.Handle()), p).IfAbsent(), owner}, nil
	})
	if _, ok := conflict(err); ok { // somebody came first at the credential
		return Passkey{}, refused(ErrTaken)
	}
	if err != nil {
		return Passkey{}, fmt.Errorf("add passkey: %w", err)
	}
	f.record(ctx, audit.FactorAdded, userID, passkeyKind, p.Handle())
	return p, nil
}

// unowned is the change that makes the person a credential's owner, if nobody is: one whose
// owner is no more is taken over.
func (f *Factors) unowned(ctx context.Context, userID string, id []byte) (store.Change, error) {
	owner := store.Put(credentialKey(id), credentialOwner{userID})
	before, version, err := store.Load[credentialOwner](ctx, f.users, owner.Key)
	if errors.Is(err, store.ErrNotFound) {
		return owner.IfAbsent(), nil
	}
	if err != nil {
		return owner, fmt.Errorf("load credential: %w", err)
	}
	_, err = f.people.Get(ctx, before.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return owner.IfVersion(version), nil
	}
	if err == nil {
		err = refused(ErrTaken)
	}
	return owner, err
}

func checkPasskey(p Passkey) error {
	tooMuch := len(p.ID) == 0 || len(p.ID) > maxCredentialBytes || len(p.PublicKey) == 0 || len(p.PublicKey) > maxPublicKeyBytes
	odd := func(transport string) bool {
		return len(transport) > maxTransportedBytes || !utf8.ValidString(transport)
	}
	if tooMuch || len(p.Transports) > maxTransports || slices.ContainsFunc(p.Transports, odd) {
		return refused(fmt.Errorf("a credential of impossible size: %w", ErrWrong))
	}
	return nil
}

// Owner returns whose the credential is, store.ErrNotFound where it is nobody's.
func (f *Factors) Owner(ctx context.Context, credentialID []byte) (string, error) {
	owner, _, err := store.Load[credentialOwner](ctx, f.users, credentialKey(credentialID))
	if err != nil {
		return "", fmt.Errorf("load credential: %w", err)
	}
	return owner.UserID, nil
}

// Passkey returns the person's passkey with this credential ID, store.ErrNotFound where
// they have none such.
func (f *Factors) Passkey(ctx context.Context, userID string, credentialID []byte) (Passkey, error) {
	p, _, err := store.Load[Passkey](ctx, f.users, passkeyKey(userID, credentialHash(credentialID)))
	if err == nil && !bytes.Equal(p.ID, credentialID) {
		err = store.ErrNotFound
	}
	if err != nil {
		return Passkey{}, fmt.Errorf("load passkey: %w", err)
	}
	return p, nil
}

// UsedPasskey notes that a passkey has signed, by the count that it signed with. A count
// that has not grown is refused: the passkey was copied, and who of the two is here nobody
// can tell (Web Authentication Level 3 §7.2, signCount). Those that never count, which
// synced ones are, send 0. The write is conditional, so a count is good for one sign-in
// however many try at once.
func (f *Factors) UsedPasskey(ctx context.Context, userID string, credentialID []byte, count uint32, backedUp bool) error {
	key := passkeyKey(userID, credentialHash(credentialID))
	for {
		kept, version, err := store.Load[Passkey](ctx, f.users, key)
		if errors.Is(err, store.ErrNotFound) {
			return refused(fmt.Errorf("the passkey was removed meanwhile: %w", ErrWrong))
		}
		if err != nil {
			return fmt.Errorf("load passkey: %w", err)
		}
		if (count != 0 || kept.SignCount != 0) && count <= kept.SignCount {
			return refused(fmt.Errorf("the passkey's count went from %d to %d: it was copied: %w", kept.SignCount, count, ErrWrong))
		}
		kept.SignCount, kept.BackedUp, kept.Used = count, backedUp, f.now().UTC()
		err = f.users.Write(ctx, store.Put(key, kept).IfVersion(version))
		if _, ok := conflict(err); !ok {
			return err
		}
	}
}

// RemovePasskey takes one of the person's passkeys away, the last way to sign in, too:
// they have lost it. store.ErrNotFound where they have none such. Its credential can be
// added again.
func (f *Factors) RemovePasskey(ctx context.Context, userID, handle string) error {
	return f.removePasskey(ctx, userID, handle, false)
}

// GiveUpPasskey is RemovePasskey by the person themselves, who keep their last way to sign
// in: the error is invalid_request, by identity.ErrLastWay.
func (f *Factors) GiveUpPasskey(ctx context.Context, userID, handle string) error {
	return f.removePasskey(ctx, userID, handle, true)
}

func (f *Factors) removePasskey(ctx context.Context, userID, handle string, keepLast bool) error {
	return f.remove(ctx, userID, PasskeyRemoved, passkeyKind, handle, func(ctx context.Context, who identity.Standing, set Set) (Set, []store.Change, error) {
		left, gone := set.without(handle)
		if gone == nil {
			return set, nil, fmt.Errorf("passkey: %w", store.ErrNotFound)
		}
		if keepLast && len(left.Passkeys) == 0 {
			if err := f.people.OtherWay(ctx, who); err != nil {
				return set, nil, err
			}
		}
		return left, []store.Change{store.Delete(passkeyKey(userID, handle)), store.Delete(credentialKey(gone.ID))}, nil
	})
}

// HasPasskey reports whether the person has any, by which they could sign in.
func (f *Factors) HasPasskey(ctx context.Context, userID string) (bool, error) {
	set, err := f.Of(ctx, userID)
	return len(set.Passkeys) > 0, err
}
