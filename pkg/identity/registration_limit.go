package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Registering counts a registration that needs no token, so that one address cannot
// fill the table: as many fit into a window as attempts to sign in from one address. It
// returns access_denied.
func (l *ClientLockout) Registering(ctx context.Context, address string) error {
	limit := store.Limit{Max: l.lockout.AddressAttempts, Window: l.lockout.Window}
	_, err := l.state.Count(ctx, counterKey("registration", inbound.Network(address)), 1, limit)
	if errors.Is(err, store.ErrLimit) {
		return oauth.AccessDenied.Errorf("too many registrations from here; try again later")
	}
	if err != nil {
		return fmt.Errorf("count the registration: %w", err)
	}
	return nil
}
