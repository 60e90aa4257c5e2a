package identity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Begin records that an archive is about to be restored.
func (a *Archive) Begin(ctx context.Context) {
	a.users.trail.Record(ctx, audit.Event{Kind: audit.DataImported, Object: "archive"})
}

// Restore puts a line's record where it was. It overwrites nothing: a record that is
// there already and is the same is passed over, so that an interrupted import can be
// done again; another one is an error that wraps ErrTaken.
func (a *Archive) Restore(ctx context.Context, line ArchiveLine) error {
	restore := map[string]func(context.Context, ArchiveLine) error{
		archiveSalt:         a.restoreSalt,
		archiveClient:       a.restoreClient,
		archiveAttributes:   a.restoreAttributes,
		archiveGroup:        a.restoreGroup,
		archiveUser:         a.restoreUser,
		archiveConsent:      a.restoreConsent,
		archiveAPIKey:       a.restoreAPIKey,
		archiveRegistration: a.restoreRegistration,
		archiveLinked:       a.restoreLinked,
	}[line.Kind]
	var err error
	known := restore != nil
	if known {
		err = restore(ctx, line)
	} else {
		known, err = a.restoreCarried(ctx, line)
	}
	if !known {
		return fmt.Errorf("a record of the kind %q, which this version does not know", line.Kind)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", line.Kind, line.ID, err)
	}
	return nil
}

// restoreUser holds a user to what Add holds them to.
func (a *Archive) restoreUser(ctx context.Context, line ArchiveLine) error {
	kept, err := DecodeLine[userRecord](line)
	if err != nil {
		return err
	}
	name, err := Username(kept.Username)
	if err != nil || name != kept.Username {
		return errors.Join(errors.New("the username is not in its kept form"), err)
	}
	err = errors.Join(checkIdentifier("sub", kept.ID), checkClaims(kept.StandardClaims), checkGroups(kept.Groups), checkRoles(kept.Roles))
	if err != nil {
		return err
	}
	if kept.Leaving {
		return errors.New("the person was being deleted")
	}
	if !slices.Equal(kept.Groups, sorted(kept.Groups)) {
		return errors.New("the groups are not in their kept form")
	}
	if kept.PasswordHash != "" {
		if kept.PasswordHash, err = keptHash(kept.PasswordHash); err != nil {
			return err
		}
	}
	if err := a.users.hasher.level.raise(ctx, kept.PasswordHash); err != nil {
		return err
	}
	if kept.Attributes, err = a.stillFitting(ctx, kept.Attributes); err != nil {
		return err
	}
	return a.putUser(ctx, kept, line.ByUsername)
}

// restoreConsent needs the person: nothing may lie in the partition of nobody.
func (a *Archive) restoreConsent(ctx context.Context, line ArchiveLine) error {
	if _, err := a.users.Get(ctx, line.Owner); err != nil {
		return err
	}
	if err := checkIdentifier("client_id", line.ID); err != nil {
		return err
	}
	key := store.Key{Partition: Partition(line.Owner), Sort: archiveConsent + "#" + line.ID}
	return a.Put(ctx, key, line.Record, store.Put(key, line.Record).Until(line.Expires).IfAbsent())
}

// restoreClient seals secrets that were written in clear, each of which must be the one
// whose hash the client has.
func (a *Archive) restoreClient(ctx context.Context, line ArchiveLine) error {
	client, err := DecodeLine[oauth.Client](line)
	if err != nil {
		return err
	}
	if err := errors.Join(checkIdentifier("client_id", client.ID), checkMetadata(client.ClientMetadata)); err != nil {
		return err
	}
	if IsOwnClient(client.ID) {
		return errOwnClient()
	}
	same, err := json.Marshal(client)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	for n := range client.Secrets {
		client.Secrets[n].Sealed = nil
		if n >= len(line.Clear) || line.Clear[n] == "" {
			continue
		}
		if subtle.ConstantTimeCompare(oauth.Secret(line.Clear[n]).Hash(), client.Secrets[n].Hash) != 1 {
			return errors.New("a secret in clear is not that of the hash")
		}
		if client.Secrets[n].Sealed, err = a.clients.sealer.Seal(ctx, []byte(line.Clear[n]), sealPurpose(client)); err != nil {
			return fmt.Errorf("seal: %w", err)
		}
	}
	standing, _, err := store.Load[oauth.Client](ctx, a.clients.table, clientKey(client.ID))
	if err == nil {
		for n := range standing.Secrets {
			standing.Secrets[n].Sealed = nil
		}
		if unsealed, _ := json.Marshal(standing); bytes.Equal(unsealed, same) {
			return nil
		}
	}
	changes := append([]store.Change{
		store.Put(clientKey(client.ID), client).IfAbsent(),
		store.Check(userKey(client.ID)).IfAbsent(),
	}, indexChanges(client.ID, index{}, indexOf(client))...)
	return a.Put(ctx, clientKey(client.ID), client, changes...)
}

func (a *Archive) restoreAPIKey(ctx context.Context, line ArchiveLine) error {
	kept, err := DecodeLine[apiKeyRecord](line)
	if err != nil {
		return err
	}
	if len(kept.Hash) != sha256.Size || idOf(kept.Hash) != line.ID || kept.ID != line.ID {
		return errors.New("the ID is not that of the hash")
	}
	return a.Put(ctx, apiKeyKey(line.ID), line.Record, store.Put(apiKeyKey(line.ID), line.Record).Until(line.Expires).IfAbsent())
}

func (a *Archive) restoreRegistration(ctx context.Context, line ArchiveLine) error {
	key := registrationKey(line.ID)
	return a.Put(ctx, key, line.Record, store.Put(key, line.Record).Until(line.Expires).IfAbsent())
}

// restoreSalt seals the salt. Under another one every pairwise subject is another person.
func (a *Archive) restoreSalt(ctx context.Context, line ArchiveLine) error {
	salt, err := DecodeLine[[]byte](line)
	if err != nil {
		return err
	}
	if len(salt) < 16 {
		return errors.New("the salt is too short")
	}
	standing, err := a.clients.pairwiseSalt(ctx)
	switch {
	case err == nil && bytes.Equal(standing, salt):
		return nil
	case err == nil:
		return fmt.Errorf("there is another one, by which pairwise subjects are known already: %w", ErrTaken)
	case !isNotFound(err):
		return err
	}
	sealed, err := a.clients.sealer.Seal(ctx, salt, saltPurpose)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return wrap("write", a.users.users.Write(ctx, store.Put(saltKey(), saltRecord{sealed}).IfAbsent()))
}

// Put makes the changes, or finds that they were made: the record at key is this value. The
// error wraps ErrTaken when it is another one.
func (a *Archive) Put(ctx context.Context, key store.Key, value any, changes ...store.Change) error {
	err := a.users.users.Write(ctx, changes...)
	if err == nil {
		a.recordRestored(ctx, key)
	}
	if !errors.As(err, new(*store.Conflict)) {
		return wrap("write", err)
	}
	standing, err := a.users.users.Get(ctx, key)
	if err != nil && !isNotFound(err) {
		return fmt.Errorf("load: %w", err)
	}
	if want, encoding := json.Marshal(value); encoding == nil && err == nil && sameJSON(standing.Value, want) {
		return nil
	}
	return fmt.Errorf("there is another one already: %w", ErrTaken)
}

func sameJSON(a, b []byte) bool {
	var one, other bytes.Buffer
	return json.Compact(&one, a) == nil && json.Compact(&other, b) == nil && bytes.Equal(one.Bytes(), other.Bytes())
}

// DecodeLine reads a line's record, which may have no member that T does not.
func DecodeLine[T any](line ArchiveLine) (T, error) {
	var v T
	decoder := json.NewDecoder(bytes.NewReader(line.Record))
	decoder.DisallowUnknownFields() // of a later version, which would be lost
	return v, wrap("decode", decoder.Decode(&v))
}
