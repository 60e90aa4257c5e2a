package factor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Carrier takes people's factors along in an archive. The key of an authenticator app is
// in it in clear, for what is sealed here could be opened nowhere else; a recovery code is
// in it as its hash. A passkey is good under the same domain alone, which its owner's
// browser sees to.
func (f *Factors) Carrier() identity.Carrier {
	return identity.Carrier{Kind: Kind, Complete: f.complete, Restore: f.restore}
}

func (f *Factors) complete(ctx context.Context, r store.Record, line *identity.ArchiveLine) error {
	if kindOf(r) != appKind {
		return nil
	}
	kept, err := store.Decode[appRecord](r)
	if err != nil {
		return err
	}
	secret, err := f.sealer.Open(ctx, kept.Secret, appPurpose(line.Owner))
	if err != nil {
		return fmt.Errorf("open app: %w", err)
	}
	kept.Secret, line.Clear = nil, []string{Offer{Secret: secret}.Text()}
	line.Record, err = json.Marshal(kept)
	return err
}

// restore holds each factor to what adding it does, but that nobody shows it.
func (f *Factors) restore(ctx context.Context, a *identity.Archive, line identity.ArchiveLine) error {
	key := keyOf(line.Owner, line.ID)
	switch kindOf(store.Record{Key: key}) {
	case passkeyKind:
		return f.restorePasskey(ctx, a, line)
	case appKind:
		return f.restoreApp(ctx, a, line)
	case recoveryKind:
		kept, err := identity.DecodeLine[recoveryRecord](line)
		if err != nil {
			return err
		}
		bad := func(hash []byte) bool { return len(hash) != sha256.Size }
		if line.ID != recoveryKind || len(kept.Hashes) > recoveryCodes || slices.ContainsFunc(kept.Hashes, bad) {
			return errors.New("these are no recovery codes")
		}
		return a.Put(ctx, key, kept, store.Put(key, kept).IfAbsent())
	default:
		return errors.New("a factor that this version does not know")
	}
}

func (f *Factors) restorePasskey(ctx context.Context, a *identity.Archive, line identity.ArchiveLine) error {
	p, err := identity.DecodeLine[Passkey](line)
	if err != nil {
		return err
	}
	name, err := checkName(p.Name)
	if err := errors.Join(err, checkPasskey(p)); err != nil {
		return err
	}
	key := passkeyKey(line.Owner, p.Handle())
	if name != p.Name || key != keyOf(line.Owner, line.ID) {
		return errors.New("the ID is not that of the passkey, or its name not in the kept form")
	}
	return a.Put(ctx, key, p, store.Put(key, p).IfAbsent(),
		store.Put(credentialKey(p.ID), credentialOwner{line.Owner}).IfAbsent())
}

// restoreApp seals the key. An app that is there already is the same when it has the
// same key.
func (f *Factors) restoreApp(ctx context.Context, a *identity.Archive, line identity.ArchiveLine) error {
	kept, err := identity.DecodeLine[appRecord](line)
	if err != nil {
		return err
	}
	if line.ID != appKind || len(line.Clear) != 1 {
		return errors.New("an app has one key, in clear")
	}
	secret, err := base32.StdEncoding.DecodeString(line.Clear[0])
	if err != nil || len(secret) != appSecretBytes {
		return errors.New("the app's key is no key")
	}
	key := keyOf(line.Owner, appKind)
	standing, _, err := store.Load[appRecord](ctx, f.users, key)
	if err == nil {
		if before, err := f.sealer.Open(ctx, standing.Secret, appPurpose(line.Owner)); err == nil && bytes.Equal(before, secret) {
			return nil
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("load app: %w", err)
	}
	if kept.Secret, err = f.sealer.Seal(ctx, secret, appPurpose(line.Owner)); err != nil {
		return fmt.Errorf("seal app: %w", err)
	}
	return a.Put(ctx, key, kept, store.Put(key, kept).IfAbsent())
}
