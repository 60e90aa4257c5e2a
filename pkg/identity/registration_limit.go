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
	return l.countRegistration(ctx, inbound.Network(address), "too many registrations from here; try again later")
}

// Replacing counts a client's replacements of its own registration, of which as many fit
// into a window: each is written and told to the trail, and can have us fetch what the
// client names. It returns access_denied.
func (l *ClientLockout) Replacing(ctx context.Context, client oauth.Client) error {
	return l.countRegistration(ctx, "client "+client.ID, "the client has replaced its registration too often; try again later")
}

func (l *ClientLockout) countRegistration(ctx context.Context, whose, refusal string) error {
	limit := store.Limit{Max: l.lockout.AddressAttempts, Window: l.lockout.Window}
	_, err := l.state.Count(ctx, counterKey("registration", whose), 1, limit)
	if errors.Is(err, store.ErrLimit) {
		return oauth.AccessDenied.Errorf("%s", refusal)
	}
	if err != nil {
		return fmt.Errorf("count the registration: %w", err)
	}
	return nil
}
