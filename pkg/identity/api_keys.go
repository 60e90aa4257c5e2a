package identity

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Bounds of what is known of an API key.
const (
	maxAPIKeyLifetime = 10 * 365 * 24 * time.Hour
	maxAPIKeyName     = 200
	maxAudiences      = 20

	// usedKept is how long it is remembered when a key was used last.
	usedKept = 400 * 24 * time.Hour
)

// APIKeys are the API keys in the user table. When one was used last is in the state
// table, so that the gate, which finds that out, need not write where keys are.
type APIKeys struct {
	users, state store.Table
	trail        *audit.Trail
	now          func() time.Time

	mu    sync.Mutex
	noted map[string]string // the day on which this process noted a key's use, by ID
}

// NewAPIKeys returns the keys in the tables.
func NewAPIKeys(users, state store.Table) *APIKeys {
	return &APIKeys{users: users, state: state, now: time.Now, noted: map[string]string{}}
}

func apiKeyKey(id string) store.Key { return shards{kind: "api-key"}.key(id) }

// Add makes a key. It is returned this once, and nobody can find out again what it is.
// The ID, the time of creation and the hash are made here.
func (k *APIKeys) Add(ctx context.Context, a APIKey) (APIKey, oauth.Secret, error) {
	a.Created, a.Disabled = k.now().UTC(), false
	if err := k.check(a); err != nil {
		return APIKey{}, "", err
	}
	key := newAPIKey()
	a.ID = idOf(key.Hash())
	changes := []store.Change{store.Put(apiKeyKey(a.ID), apiKeyRecord{key.Hash(), a}).IfAbsent()}
	if a.ClientID != "" {
		client, err := k.users.Get(ctx, clientKey(a.ClientID))
		if isNotFound(err) {
			return APIKey{}, "", oauth.InvalidRequest.Errorf("there is no client %s", a.ClientID)
		}
		if err != nil {
			return APIKey{}, "", fmt.Errorf("load client: %w", err)
		}
		registered, err := store.Decode[oauth.Client](client)
		if err != nil {
			return APIKey{}, "", err
		}
		if registered.Dynamic != nil { // it may leave by itself, and its keys would stay
			return APIKey{}, "", oauth.InvalidRequest.Errorf("the client %s has registered itself, and such clients get no API keys", a.ClientID)
		}
		changes = append(changes, store.Check(client.Key).IfVersion(client.Version))
	}
	if err := k.users.Write(ctx, changes...); err != nil {
		return APIKey{}, "", fmt.Errorf("add API key: %w", err)
	}
	k.trail.Record(ctx, audit.Event{Kind: audit.APIKeyMade, Object: a.ID, Client: a.ClientID})
	return a, key, nil
}

func (k *APIKeys) check(a APIKey) error {
	lives := a.Expires.Sub(k.now())
	switch {
	case a.Name == "" || len(a.Name) > maxAPIKeyName:
		return oauth.InvalidRequest.Errorf("the name must have 1 to %d bytes", maxAPIKeyName)
	case a.ClientID != "" && checkIdentifier("client_id", a.ClientID) != nil:
		return checkIdentifier("client_id", a.ClientID)
	case len(a.Audience) == 0 || len(a.Audience) > maxAudiences:
		return oauth.InvalidRequest.Errorf("the key must be for 1 to %d APIs: name their audience", maxAudiences)
	case slices.ContainsFunc(a.Audience, func(s string) bool { return checkIdentifier("audience", s) != nil }):
		return oauth.InvalidRequest.Errorf("an audience must have 1 to %d visible ASCII characters", maxIdentifierBytes)
	case lives <= 0 || lives > maxAPIKeyLifetime:
		return oauth.InvalidRequest.Errorf("the key must end, within ten years")
	case a.UsageIdentifierKey != "" && (len(a.UsageIdentifierKey) < 20 || len(a.UsageIdentifierKey) > 128 || !visibleASCII(a.UsageIdentifierKey)):
		return oauth.InvalidRequest.Errorf("usage_identifier_key is the value of an API key of API Gateway, of 20 to 128 characters")
	}
	return nil
}

// Get returns the key with this ID; the error wraps store.ErrNotFound for an unknown
// one.
func (k *APIKeys) Get(ctx context.Context, id string) (APIKey, error) {
	record, _, err := k.load(ctx, id)
	return record.APIKey, err
}

func (k *APIKeys) load(ctx context.Context, id string) (apiKeyRecord, string, error) {
	if len(id) != apiKeyID {
		return apiKeyRecord{}, "", fmt.Errorf("load API key: %w", store.ErrNotFound)
	}
	record, version, err := store.Load[apiKeyRecord](ctx, k.users, apiKeyKey(id))
	return record, version, wrap("load API key", err)
}

// List returns keys in the order of their IDs, those that begin with prefix. page is as
// in Users.List.
func (k *APIKeys) List(ctx context.Context, prefix string, page store.Page) ([]APIKey, store.Page, error) {
	records, next, err := shards{k.users, "api-key"}.list(ctx, prefix, page)
	if err != nil {
		return nil, store.Page{}, fmt.Errorf("list API keys: %w", err)
	}
	keys := make([]APIKey, len(records))
	for i, record := range records {
		kept, err := store.Decode[apiKeyRecord](record)
		if err != nil {
			return nil, store.Page{}, err
		}
		keys[i] = kept.APIKey
	}
	return keys, next, nil
}

// Disable makes a key be refused, or good again.
func (k *APIKeys) Disable(ctx context.Context, id string, disabled bool) (APIKey, error) {
	for {
		record, version, err := k.load(ctx, id)
		if err != nil {
			return APIKey{}, err
		}
		record.Disabled = disabled
		err = k.users.Write(ctx, store.Put(apiKeyKey(id), record).IfVersion(version))
		if !outrun(err, apiKeyKey(id)) {
			if err == nil {
				k.recordHold(ctx, record.APIKey)
			}
			return record.APIKey, wrap("change API key", err)
		}
	}
}

// Delete removes a key for good.
func (k *APIKeys) Delete(ctx context.Context, id string) error {
	kept, version, err := k.load(ctx, id)
	if err != nil {
		return err
	}
	err = k.users.Write(ctx, store.Delete(apiKeyKey(id)).IfVersion(version))
	if err == nil {
		k.trail.Record(ctx, audit.Event{Kind: audit.APIKeyRevoked, Object: id, Client: kept.ClientID})
	}
	return wrap("delete API key", err)
}

// DeleteOf removes the keys that act for a client, and says how many those were. It
// reads all keys, so it is for people.
func (k *APIKeys) DeleteOf(ctx context.Context, clientID string) (deleted int, err error) {
	for page := (store.Page{}); ; {
		found, next, err := k.List(ctx, "", page)
		if err != nil {
			return deleted, err
		}
		for _, key := range found {
			if key.ClientID != clientID {
				continue
			}
			if err := k.Delete(ctx, key.ID); err != nil && !isNotFound(err) {
				return deleted, err
			}
			deleted++
		}
		if next == (store.Page{}) {
			return deleted, nil
		}
		page = next
	}
}

// genuine finds the record of a key.
func (k *APIKeys) genuine(ctx context.Context, key oauth.Secret) (APIKey, error) {
	if !wellFormed(key) {
		return APIKey{}, oauth.InvalidToken.Errorf("not an API key")
	}
	hash := key.Hash()
	record, _, err := k.load(ctx, idOf(hash))
	if isNotFound(err) {
		return APIKey{}, oauth.InvalidToken.Errorf("unknown API key")
	}
	if err != nil {
		return APIKey{}, err
	}
	if subtle.ConstantTimeCompare(hash, record.Hash) != 1 {
		return APIKey{}, oauth.InvalidToken.Errorf("unknown API key")
	}
	return record.APIKey, nil
}
