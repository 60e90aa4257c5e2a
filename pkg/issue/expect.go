package issue

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Expect returns the failure that a stranger may see. An outage of what we stand
// on is temporarily_unavailable, so that clients try again; what nobody expected
// is server_error. Both keep err as their cause, for the log.
func Expect(err error) *oauth.Error {
	for _, outage := range []error{store.ErrUnavailable, verify.ErrKeysUnavailable, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, outage) {
			return oauth.TemporarilyUnavailable.Errorf("the service cannot answer now, try again: %w", err)
		}
	}
	return oauth.AsError(err)
}
