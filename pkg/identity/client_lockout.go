package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ClientLockout turns an address away that keeps sending wrong secrets for a
// client (RFC 9700 §4.13). It counts failures alone, so a client that knows its
// secret costs one read, and counts them for each address apart, so a stranger
// cannot lock the client itself out. Guesses in flight may exceed the limit; a
// secret has at least 32 bytes.
type ClientLockout struct {
	state   store.Table
	lockout Lockout
	trail   *audit.Trail
	now     func() time.Time
}

// NewClientLockout keeps its counters in the state table.
func NewClientLockout(state store.Table, lockout Lockout) *ClientLockout {
	return &ClientLockout{state: state, lockout: lockout, now: time.Now}
}

// Check returns invalid_client when the address has had its attempts at this
// client's secret. Call it before the secret is looked at.
func (l *ClientLockout) Check(ctx context.Context, clientID, address string) error {
	_, err := l.state.Get(ctx, lockKey(clientID, address))
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a lock: %w", err)
	}
	return oauth.InvalidClient.Errorf("too many attempts; try again later")
}

// Failed counts a wrong secret. With the last attempt it locks the address out for a
// window.
func (l *ClientLockout) Failed(ctx context.Context, clientID, address string) error {
	n, err := l.state.Count(ctx, clientCounterKey(clientID, address), 1, store.Limit{Max: l.lockout.Attempts, Window: l.lockout.Window})
	if err != nil && !errors.Is(err, store.ErrLimit) {
		return fmt.Errorf("count the attempt: %w", err)
	}
	if err == nil && n < l.lockout.Attempts {
		return nil
	}
	if err == nil { // the last attempt of this window
		l.trail.Record(ctx, audit.Event{Kind: audit.ClientLocked, Outcome: audit.Refused, Client: clientID})
	}
	lock := store.Put(lockKey(clientID, address), struct{}{}).Until(l.now().Add(l.lockout.Window))
	return wrap("lock out", l.state.Write(ctx, lock))
}

func clientCounterKey(clientID, address string) store.Key {
	return counterKey("client", clientID+" "+inbound.Network(address))
}

func lockKey(clientID, address string) store.Key {
	key := clientCounterKey(clientID, address)
	key.Sort = "lock"
	return key
}
