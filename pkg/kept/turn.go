// Package kept answers "is what we keep too old, and who renews it?". A Lambda
// environment is frozen between invocations, so nothing is renewed in the background:
// of the callers who find something too old, one renews it. It never keeps anything
// itself: how old is too old, and what serves meanwhile, each keeper says.
package kept

import "context"

// A Turn lets one caller at a time through. Unlike a mutex, waiting for it ends with
// the context.
type Turn chan struct{}

// NewTurn returns a turn that is free.
func NewTurn() Turn { return make(Turn, 1) }

// Enter takes the turn, or returns why the caller no longer waits for it.
func (t Turn) Enter(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TryEnter takes the turn if nobody has it.
func (t Turn) TryEnter() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

// Leave gives back the turn, which the caller has.
func (t Turn) Leave() { <-t }
