package admin

import (
	"context"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Sessions lists a person's sessions that are good, the oldest first.
func (d *Desk) Sessions(ctx context.Context, by Caller, userID string) ([]identity.Session, error) {
	if err := by.May(SessionsRead); err != nil {
		return nil, err
	}
	return d.sessions.List(ctx, userID)
}

// EndSession ends a session of a person, and tells its clients.
func (d *Desk) EndSession(ctx context.Context, by Caller, userID, sid string) error {
	ctx, _, err := d.target(ctx, by, SessionsWrite, "end session", userID)
	if err != nil {
		return err
	}
	if _, err := d.sessions.Get(ctx, userID, sid); err != nil {
		return err
	}
	return d.issuer.EndSession(ctx, userID, sid)
}

// SignOut ends all that a person is signed in to, offline grants too.
func (d *Desk) SignOut(ctx context.Context, by Caller, userID string) error {
	ctx, _, err := d.target(ctx, by, SessionsWrite, "sign out", userID)
	if err != nil {
		return err
	}
	return d.issuer.SignOutEverywhere(ctx, userID)
}

// Consents lists what clients may have of a person: what they agreed to, and what a client
// has without having to ask.
func (d *Desk) Consents(ctx context.Context, by Caller, userID string) ([]issue.ClientAccess, error) {
	if err := by.May(ConsentsRead); err != nil {
		return nil, err
	}
	if _, err := d.users.Get(ctx, userID); err != nil {
		return nil, err
	}
	return d.issuer.Access(ctx, userID)
}

// WithdrawConsent forgets that a person agreed to a client, and ends what it was given.
func (d *Desk) WithdrawConsent(ctx context.Context, by Caller, userID, clientID string) error {
	ctx, _, err := d.target(ctx, by, ConsentsWrite, "withdraw consent", userID)
	if err != nil {
		return err
	}
	given, err := d.issuer.Access(ctx, userID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(given, func(c issue.ClientAccess) bool { return c.ClientID == clientID }) {
		return fmt.Errorf("no such consent: %w", store.ErrNotFound)
	}
	return d.issuer.WithdrawConsent(ctx, userID, clientID)
}
