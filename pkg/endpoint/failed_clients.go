package endpoint

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// How many wrong secrets an address may try on one client, and for how long it
// is turned away afterwards.
const (
	failedClientAttempts = 20
	failedClientWindow   = 5 * time.Minute
	failedClientEntries  = 4096
)

// failedClients turns away an address that floods a client with wrong secrets.
// The count is shared through the store; a verdict is remembered here, so that a
// flood costs neither reads nor writes, and neither does a client that knows its
// secret. It is per client and address, so nobody can lock a client out for
// others. Guessing itself is hopeless: secrets have at least 128 random bits.
type failedClients struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// guard runs check unless the address has used up its attempts on the client, and
// counts a failure.
func (f *failedClients) guard(ctx context.Context, state store.Table, client, address string, check func() error) error {
	name := client + "\x00" + address
	if f.locked(name, time.Now()) {
		return errTooManyAttempts()
	}
	err := check()
	if !isCode(err, oauth.InvalidClient) {
		return err
	}
	key := store.Key{Partition: "client-failures#" + client, Sort: address}
	_, full := state.Count(ctx, key, 1, store.Limit{Max: failedClientAttempts, Window: failedClientWindow})
	switch {
	case errors.Is(full, store.ErrLimit):
		f.lock(name, time.Now().Add(failedClientWindow))
		return errTooManyAttempts()
	case full != nil:
		return full
	}
	return err
}

func errTooManyAttempts() error {
	return oauth.InvalidClient.Errorf("too many wrong secrets from this address, wait %s", failedClientWindow)
}

func (f *failedClients) locked(name string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Before(f.until[name])
}

func (f *failedClients) lock(name string, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.until == nil || len(f.until) >= failedClientEntries { // bounded: a flood must not grow memory
		f.until = map[string]time.Time{}
	}
	f.until[name] = until
}
