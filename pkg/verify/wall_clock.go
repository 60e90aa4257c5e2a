package verify

import "time"

// wallClock is the time without its monotonic reading, which stands still in a frozen
// environment: how old something is that was kept, the wall clock alone tells.
func wallClock() time.Time { return time.Now().Round(0) }

// apart is how far two readings of the wall clock lie apart, whichever came first: a
// clock that was set back must not keep anything for ever.
func apart(a, b time.Time) time.Duration { return b.Sub(a).Abs() }
