package kept

import (
	"context"
	"time"
)

// Now is the time without its monotonic reading, which stands still in a frozen
// environment: how old something is that was kept, the wall clock alone tells.
func Now() time.Time { return time.Now().Round(0) }

// Apart is how far two readings of the wall clock lie apart, whichever came first: a
// clock that was set back must not keep anything for ever.
func Apart(a, b time.Time) time.Duration { return b.Sub(a).Abs() }

// Uncancelled keeps the deadline of ctx and nothing else, and sets another. A
// stranger who hangs up in the middle must neither end a fetch that others wait
// for, nor be free to start another.
func Uncancelled(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	ends := time.Now().Add(timeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(ends) {
		ends = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), ends)
}
