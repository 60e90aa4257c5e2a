package keys

import (
	"context"
	"errors"
)

// ErrUnavailable is what a Wrapper's error wraps when the cause will pass:
// throttled, unreachable, out of time.
var ErrUnavailable = errors.New("keys: the wrapping key cannot be reached")

// A Wrapper encrypts the data key, so that only the holder of another key can
// read the tables' secrets: KMS in AWS, a file on a laptop.
//
// An error that wraps ErrUnavailable lets a Sealer go on with the data key that
// it has. Every other error is a decision (disabled, denied, not this key), after
// which the Sealer stops. What Unwrap returns need not be checked for its origin:
// a Wrapper authenticates what it wrapped.
type Wrapper interface {
	Wrap(ctx context.Context, dataKey []byte) ([]byte, error)
	Unwrap(ctx context.Context, wrapped []byte) ([]byte, error)
}
