package identity

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// How long a client's fetched keys are used, and how often they are fetched.
const (
	keySetAge      = time.Hour        // then they are fetched anew
	keySetLastGood = 24 * time.Hour   // while the client's site cannot be reached
	keySetSoonest  = time.Minute      // between fetches on account of unknown kids
	keySetRetry    = 10 * time.Second // after a failure
	maxKeySets     = 256              // that are kept, of 16 kB at most
)

// keySets keeps what clients publish at their jwks_uri. It works only while it is
// called, because a Lambda environment is frozen between invocations.
type keySets struct {
	fetch func(ctx context.Context, uri string) ([]byte, error)
	now   func() time.Time

	mu    sync.Mutex
	known map[string]*keySet // by client ID
}

// keySet is one client's.
type keySet struct {
	uri  string
	turn kept.Turn // whoever has it may read and change the rest

	doc     []byte
	fetched time.Time // when doc was
	failed  time.Time // when fetching last failed; zero after a success
	sought  time.Time // when an unknown key last led to a fetch
}

func newKeySets(fetch func(context.Context, string) ([]byte, error), now func() time.Time) *keySets {
	return &keySets{fetch: fetch, now: now, known: map[string]*keySet{}}
}

// of returns the place for a client's keys. One that moved begins anew; where there
// are too many, any one makes room.
func (k *keySets) of(client oauth.Client) *keySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if set, ok := k.known[client.ID]; ok && set.uri == client.JWKSURI {
		return set
	}
	for id := range k.known {
		if len(k.known) < maxKeySets {
			break
		}
		delete(k.known, id)
	}
	set := &keySet{uri: client.JWKSURI, turn: kept.NewTurn()}
	k.known[client.ID] = set
	return set
}

// document returns the client's JWK set. Where the wanted key is not in it, it is
// fetched once more, at most once a minute: a client's new key works at once (OpenID
// Connect Core §10.1.1), and strangers, who may name any kid, cannot make us hammer
// the client. The error wraps verify.ErrKeysUnavailable.
func (k *keySets) document(ctx context.Context, client oauth.Client, holds func(doc []byte) bool) ([]byte, error) {
	set := k.of(client)
	if err := set.turn.Enter(ctx); err != nil {
		return nil, err
	}
	defer set.turn.Leave()
	now := k.now().Round(0) // by the wall clock: the other one stands still in a frozen environment
	sought := set.doc != nil && !holds(set.doc) && kept.Apart(set.sought, now) >= keySetSoonest
	stale := set.doc == nil || kept.Apart(set.fetched, now) >= keySetAge
	var err error
	switch {
	case !sought && !stale:
		return set.doc, nil
	case kept.Apart(set.failed, now) < keySetRetry:
		err = errors.New("they could not be fetched a moment ago")
	default:
		if sought {
			set.sought = now
		}
		err = k.refresh(ctx, set, now)
	}
	if set.doc == nil || kept.Apart(set.fetched, now) >= keySetLastGood {
		return nil, fmt.Errorf("%w: jwks_uri of client %s: %w", verify.ErrKeysUnavailable, client.ID, err)
	}
	return set.doc, nil
}

// refresh replaces the set, never merges: a withdrawn key is gone. What is fetched is
// fetched for all who wait: the first of them hanging up does not end it.
func (k *keySets) refresh(ctx context.Context, set *keySet, now time.Time) error {
	if k.fetch == nil {
		return errors.New("it cannot be fetched from here")
	}
	doc, err := k.fetch(context.WithoutCancel(ctx), set.uri)
	if err == nil && len(doc) > maxJWKSBytes {
		err = fmt.Errorf("it is longer than %d bytes", maxJWKSBytes)
	}
	if err == nil {
		err = jose.CheckSet(doc)
	}
	if err != nil {
		set.failed = now
		return err
	}
	set.doc, set.fetched, set.failed = doc, now, time.Time{}
	return nil
}

// AssertionKeys returns the keys by which a client signs what proves who it is, with
// alg, for as long as one request takes.
func (c *Clients) AssertionKeys(client oauth.Client, alg oauth.Alg) verify.KeySource {
	return assertionKeys{c, client, alg}
}

type assertionKeys struct {
	clients *Clients
	client  oauth.Client
	alg     oauth.Alg
}

// Key implements verify.KeySource.
func (k assertionKeys) Key(ctx context.Context, kid string) (jose.Key, error) {
	find := func(doc []byte) (jose.Key, bool) {
		set, err := jose.ParseClientSet(doc, k.alg)
		if err != nil {
			return jose.Key{}, false
		}
		return set.Key(kid)
	}
	doc, err := k.clients.keySet(ctx, k.client, func(doc []byte) bool {
		_, found := find(doc)
		return found
	})
	if err != nil {
		return jose.Key{}, err
	}
	key, found := find(doc)
	if !found {
		return jose.Key{}, verify.ErrUnknownKey
	}
	return key, nil
}

// EncryptionKey returns the client's key that responses to it are encrypted to by alg.
func (c *Clients) EncryptionKey(ctx context.Context, client oauth.Client, alg string) (jose.EncryptionKey, error) {
	doc, err := c.keySet(ctx, client, func(doc []byte) bool {
		_, err := jose.ParseEncryptionKey(doc, alg)
		return err == nil
	})
	if err != nil {
		return jose.EncryptionKey{}, err
	}
	key, err := jose.ParseEncryptionKey(doc, alg)
	return key, wrap("client "+client.ID, err)
}

// keySet returns the client's JWK set, from wherever it is registered to be.
func (c *Clients) keySet(ctx context.Context, client oauth.Client, holds func([]byte) bool) ([]byte, error) {
	if client.JWKSURI == "" {
		return client.JWKS, nil
	}
	return c.keySets.document(ctx, client, holds)
}
