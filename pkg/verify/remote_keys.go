package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
)

// How long fetched keys are used.
const (
	OwnKeysMaxAge     = 5 * time.Minute // for keys of an issuer that is ours
	ForeignKeysMaxAge = time.Hour       // for other people's
)

// RemoteKeys is a KeySource that fetches an issuer's JWK set and keeps it.
type RemoteKeys struct{ remote[jose.Set] }

// NewRemoteKeys returns the keys at an address, fetched anew after maxAge or
// sooner if the answer's Cache-Control says so. That bounds how long a key that
// the issuer withdrew is still trusted.
func NewRemoteKeys(client *fetch.Client, uri string, maxAge time.Duration) *RemoteKeys {
	return &RemoteKeys{newRemote(client, maxAge, at(uri), publicSet)}
}

// NewDiscoveredKeys is NewRemoteKeys for the address that the issuer's metadata
// names, which is asked for when the keys are fetched and not before.
func NewDiscoveredKeys(client *fetch.Client, m *Metadata, maxAge time.Duration) *RemoteKeys {
	return &RemoteKeys{newRemote(client, maxAge, m.jwksURI, publicSet)}
}

// Key returns the key with this kid. It fetches the set when it is older than it
// may be, and when the kid is not in it, at most once in 30 seconds. When
// fetching fails the last good set serves for a day.
func (r *RemoteKeys) Key(ctx context.Context, kid string) (jose.Key, error) {
	set, err := r.get(ctx, func(set jose.Set) bool {
		_, known := set.Key(kid)
		return known
	})
	if err != nil {
		return jose.Key{}, fmt.Errorf("%w: %w", ErrKeysUnavailable, err)
	}
	key, ok := set.Key(kid)
	if !ok {
		return jose.Key{}, ErrUnknownKey
	}
	return key, nil
}

// publicSet reads a JWK set that was fetched. A secret in it is known to the
// world, and proves nothing.
func publicSet(doc []byte) (jose.Set, error) {
	set, err := jose.ParseForeignSet(doc)
	if err != nil {
		return jose.Set{}, fmt.Errorf("read the issuer's keys: %w", err)
	}
	for _, key := range set.Keys() {
		if key.Alg().Symmetric() {
			return jose.Set{}, errors.New("read the issuer's keys: a secret is published")
		}
	}
	return set, nil
}
