package identity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// promptAttempts is how many wrong passwords in a window cost no time. Each one
// after them makes the next attempt wait, twice as long as the one before, for
// longestDelay at most.
const (
	promptAttempts = 3
	longestDelay   = time.Minute
)

// TooSoon is the cause of a refusal that passes by itself: nobody has looked at the
// password, and it may be tried again after Wait.
type TooSoon struct{ Wait time.Duration }

// Error says how long.
func (e *TooSoon) Error() string { return fmt.Sprintf("the next attempt may be made in %s", e.Wait) }

// Seconds is Wait as Retry-After tells it (RFC 9110 §10.2.3).
func (e *TooSoon) Seconds() int { return int(math.Ceil(e.Wait.Seconds())) }

// takeTurn makes the next attempt at key wait, the longer the more this one is in
// excess of those that may be made at once. Of attempts that run at once one gets the
// turn, so they cannot overtake the delay; the others are told to wait, whether
// anybody has the name or not. It never sleeps: a sleeping Lambda is paid for.
func (u *Users) takeTurn(ctx context.Context, a *attempt, key store.Key, excess int) error {
	if excess <= 0 {
		return nil
	}
	now := u.now()
	wait := longestDelay
	if excess <= 6 { // 2^6 seconds are more than a minute
		wait = time.Second << (excess - 1)
	}
	err := u.state.Write(ctx, store.Put(key, struct{}{}).Until(now.Add(wait)).IfAbsent())
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		// At least a second: what stood in the way may have gone while we asked.
		soon := &TooSoon{max(conflict.Record.Expires.Sub(now), time.Second)}
		return oauth.InvalidGrant.Errorf("too many attempts; try again in %d seconds: %w", soon.Seconds(), soon)
	}
	if err != nil {
		return fmt.Errorf("delay the next attempt: %w", err)
	}
	a.turns = append(a.turns, key)
	return nil
}

// returnTurns ends the delays that the attempt made. One that stays ends by itself.
func (u *Users) returnTurns(ctx context.Context, a attempt) {
	for _, key := range a.turns {
		_ = u.state.Write(ctx, store.Delete(key))
	}
}

// networkExcess is by how many its wrong passwords exceed what a network may send
// without delay: a quarter of its attempts. It is looked up once that many sign-ins
// came from there, so that where few come from nobody pays for it.
func (u *Users) networkExcess(ctx context.Context, network string, attempts int) (int, error) {
	prompt := u.lockout.AddressAttempts / 4
	if attempts <= prompt {
		return 0, nil
	}
	failures, _, err := store.Load[int](ctx, u.state, counterKey("failures", network))
	if err != nil && !isNotFound(err) {
		return 0, fmt.Errorf("load the failures: %w", err)
	}
	return failures - prompt + 1, nil
}

// failed counts a wrong password against its network.
func (u *Users) failed(ctx context.Context, network string) error {
	_, err := u.state.Count(ctx, counterKey("failures", network), 1, store.Limit{Window: u.lockout.Window})
	return wrap("count the failure", err)
}

// turnKey is where the turn of a network lies, or of a network at an account: a
// stranger who keeps guessing at an account makes nobody wait who is elsewhere.
func turnKey(kind, what string) store.Key {
	key := counterKey(kind, what)
	key.Sort = "turn"
	return key
}
