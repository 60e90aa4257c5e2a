package issue

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// EndOtherSessions ends all sessions of a person but the one that they are in. What they
// let clients do while they are away goes on: it belongs to no session. Where it breaks
// off, it can be done again.
func (i *Issuer) EndOtherSessions(ctx context.Context, here identity.SignedIn) error {
	sids, err := i.sessions.Unended(ctx, here.UserID)
	if err != nil {
		return err
	}
	for _, sid := range sids {
		if sid == here.ID {
			continue
		}
		if err := i.EndSession(ctx, here.UserID, sid); err != nil {
			return err
		}
	}
	return nil
}
