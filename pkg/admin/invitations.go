package admin

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Invitations lists open invitations in the order of their addresses, those that begin
// with prefix.
func (d *Desk) Invitations(ctx context.Context, by Caller, prefix string, page store.Page) ([]issue.Invitation, store.Page, error) {
	if err := by.May(UsersRead); err != nil {
		return nil, store.Page{}, err
	}
	return d.issuer.Invitations(ctx, prefix, page)
}

// Invite invites somebody: see issue.Issuer.Invite. Who is to belong to groups needs what
// AddUser needs for them.
func (d *Desk) Invite(ctx context.Context, by Caller, n identity.NewUser, letter issue.Letter) (issue.Invitation, string, error) {
	if err := d.mayAdd(ctx, by, n); err != nil {
		return issue.Invitation{}, "", err
	}
	ctx, err := d.begin(ctx, by, "invite", audit.Event{})
	if err != nil {
		return issue.Invitation{}, "", err
	}
	return d.issuer.Invite(ctx, n, cmp.Or(by.Username, by.ClientID), letter)
}

// RenewInvitation sends a new link in place of the one before.
func (d *Desk) RenewInvitation(ctx context.Context, by Caller, address string, letter issue.Letter) (issue.Invitation, string, error) {
	ctx, err := d.invited(ctx, by, "renew invitation", address)
	if err != nil {
		return issue.Invitation{}, "", err
	}
	return d.issuer.Renew(ctx, address, letter)
}

// WithdrawInvitation ends an open invitation.
func (d *Desk) WithdrawInvitation(ctx context.Context, by Caller, address string) error {
	ctx, err := d.invited(ctx, by, "withdraw invitation", address)
	if err != nil {
		return err
	}
	return d.issuer.Withdraw(ctx, address)
}

// invited begins an act on an open invitation. Who could have made it may change it: a
// new link, where no mail brings it, makes its holder the person who is invited.
func (d *Desk) invited(ctx context.Context, by Caller, act, address string) (context.Context, error) {
	if err := by.May(UsersWrite); err != nil {
		return ctx, err
	}
	open, _, err := d.issuer.Invitations(ctx, address, store.Page{Limit: 1})
	if err != nil {
		return ctx, err
	}
	if len(open) == 0 || !strings.EqualFold(open[0].Person.Email, address) {
		return ctx, fmt.Errorf("nobody is invited by this address: %w", store.ErrNotFound)
	}
	if err := d.mayAdd(ctx, by, open[0].Person); err != nil {
		return ctx, err
	}
	return d.begin(ctx, by, act, audit.Event{})
}
