package admin

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Groups lists groups in the order of their names, those that begin with prefix.
func (d *Desk) Groups(ctx context.Context, by Caller, prefix string, page store.Page) ([]identity.Group, store.Page, error) {
	if err := by.May(GroupsRead); err != nil {
		return nil, store.Page{}, err
	}
	return d.users.Groups(ctx, prefix, page)
}

// Group returns a group, and the version of its record.
func (d *Desk) Group(ctx context.Context, by Caller, name string) (identity.Group, string, error) {
	if err := by.May(GroupsRead); err != nil {
		return identity.Group{}, "", err
	}
	return d.users.GroupAt(ctx, name)
}

// ChangedGroup returns a group for who may change it, and the version of its record.
func (d *Desk) ChangedGroup(ctx context.Context, by Caller, name string) (identity.Group, string, error) {
	if err := by.May(GroupsWrite); err != nil {
		return identity.Group{}, "", err
	}
	return d.users.GroupAt(ctx, name)
}

// Members lists who belongs to a group, in the order of their subs.
func (d *Desk) Members(ctx context.Context, by Caller, name string, page store.Page) ([]identity.User, store.Page, error) {
	if err := by.May(GroupsRead); err != nil {
		return nil, store.Page{}, err
	}
	return d.users.Members(ctx, name, page)
}

// AddGroup makes a group. What it carries is what its maker holds.
func (d *Desk) AddGroup(ctx context.Context, by Caller, g identity.Group) (identity.Group, error) {
	if err := by.May(GroupsWrite); err != nil {
		return identity.Group{}, err
	}
	if err := by.mayTouch(g.Scope); err != nil {
		return identity.Group{}, err
	}
	ctx, err := d.begin(ctx, by, "add group", audit.Event{Object: g.Name})
	if err != nil {
		return identity.Group{}, err
	}
	return d.users.AddGroup(ctx, g)
}

// grouping begins an act on a group, when the caller holds all that it carries.
func (d *Desk) grouping(ctx context.Context, by Caller, act, name, userID string) (context.Context, error) {
	if err := by.May(GroupsWrite); err != nil {
		return ctx, err
	}
	g, err := d.users.Group(ctx, name)
	if err != nil {
		return ctx, err
	}
	if err := by.mayTouch(g.Scope); err != nil {
		return ctx, err
	}
	return d.begin(ctx, by, act, audit.Event{Object: name, Subject: userID})
}

// ChangeGroup changes a group whose record is at this version.
func (d *Desk) ChangeGroup(ctx context.Context, by Caller, name, version string, change func(*identity.Group) error) (identity.Group, error) {
	ctx, err := d.grouping(ctx, by, "change group", name, "")
	if err != nil {
		return identity.Group{}, err
	}
	return d.users.UpdateGroupAt(ctx, name, version, func(g *identity.Group) error {
		if err := change(g); err != nil {
			return err
		}
		return by.mayTouch(g.Scope)
	})
}

// DeleteGroup takes everybody out of a group whose record is at this version, and then
// the group away.
func (d *Desk) DeleteGroup(ctx context.Context, by Caller, name, version string) error {
	ctx, err := d.grouping(ctx, by, "delete group", name, "")
	if err != nil {
		return err
	}
	return d.users.DeleteGroupAt(ctx, name, version)
}

// Join takes a person into a group.
func (d *Desk) Join(ctx context.Context, by Caller, name, userID string) error {
	ctx, err := d.grouping(ctx, by, "join group", name, userID)
	if err != nil {
		return err
	}
	_, err = d.users.Join(ctx, userID, name)
	return err
}

// Leave takes a person out of a group.
func (d *Desk) Leave(ctx context.Context, by Caller, name, userID string) error {
	ctx, err := d.grouping(ctx, by, "leave group", name, userID)
	if err != nil {
		return err
	}
	_, err = d.users.Leave(ctx, userID, name)
	return err
}
