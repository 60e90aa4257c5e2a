package admin

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Users lists people in the order of their usernames, those that begin with prefix.
func (d *Desk) Users(ctx context.Context, by Caller, prefix string, page store.Page) ([]identity.User, store.Page, error) {
	if err := by.May(UsersRead); err != nil {
		return nil, store.Page{}, err
	}
	return d.users.List(ctx, prefix, page)
}

// User returns a person, and the version of their record.
func (d *Desk) User(ctx context.Context, by Caller, id string) (identity.User, string, error) {
	if err := by.May(UsersRead); err != nil {
		return identity.User{}, "", err
	}
	return d.users.GetAt(ctx, id)
}

// Find returns the person who has this username or confirmed address, however it is
// typed, or this sub.
func (d *Desk) Find(ctx context.Context, by Caller, typed string) (identity.User, error) {
	if err := by.May(UsersRead); err != nil {
		return identity.User{}, err
	}
	user, err := d.users.Holder(ctx, typed)
	if err != nil || user.ID != "" {
		return user, err
	}
	return d.users.Get(ctx, typed)
}

// Locked reports whether the person's account takes no password for now.
func (d *Desk) Locked(ctx context.Context, by Caller, user identity.User) (bool, error) {
	if err := by.May(UsersRead); err != nil {
		return false, err
	}
	return d.users.Locked(ctx, user)
}

// AddUser adds a person. Who is to belong to groups that administer needs what those
// carry, and the scope for groups besides.
func (d *Desk) AddUser(ctx context.Context, by Caller, n identity.NewUser) (identity.User, error) {
	if err := d.mayAdd(ctx, by, n); err != nil {
		return identity.User{}, err
	}
	ctx, err := d.begin(ctx, by, "add user", audit.Event{Subject: n.ID})
	if err != nil {
		return identity.User{}, err
	}
	return d.users.Add(ctx, n)
}

// mayAdd says whether the caller may have such a person here.
func (d *Desk) mayAdd(ctx context.Context, by Caller, n identity.NewUser) error {
	if err := by.May(UsersWrite); err != nil || len(n.Groups) == 0 {
		return err
	}
	if err := by.May(GroupsWrite); err != nil {
		return err
	}
	held, err := d.scopeOf(ctx, identity.User{Groups: n.Groups})
	if err != nil {
		return err
	}
	return by.mayTouch(held)
}

// target begins an act on a person: it returns them when the caller may change them, and
// the context in which that is done.
func (d *Desk) target(ctx context.Context, by Caller, scope, act, id string) (context.Context, identity.User, error) {
	if err := by.May(scope); err != nil {
		return ctx, identity.User{}, err
	}
	user, err := d.users.Get(ctx, id)
	if err != nil {
		return ctx, identity.User{}, err
	}
	held, err := d.scopeOf(ctx, user)
	if err != nil {
		return ctx, identity.User{}, err
	}
	if err := by.mayTouch(held); err != nil {
		return ctx, identity.User{}, err
	}
	ctx, err = d.begin(ctx, by, act, audit.Event{Subject: id})
	return ctx, user, err
}

// ChangeUser changes what is known of a person whose record is at this version. Groups
// and what has an act of its own stay as they are. Whose address becomes another is told
// at the one before.
func (d *Desk) ChangeUser(ctx context.Context, by Caller, id, version string, change func(*identity.User) error) (identity.User, error) {
	ctx, before, err := d.target(ctx, by, UsersWrite, "change user", id)
	if err != nil {
		return identity.User{}, err
	}
	after, err := d.users.UpdateAt(ctx, id, version, func(user *identity.User) error {
		groups, disabled := user.Groups, user.Disabled
		err := change(user)
		user.Groups, user.Disabled = groups, disabled
		return err
	})
	if err != nil {
		return after, err
	}
	return after, d.issuer.TellMoved(ctx, before, after)
}

// DisableUser keeps a person out and ends all that they are signed in to.
func (d *Desk) DisableUser(ctx context.Context, by Caller, id string) error {
	ctx, _, err := d.target(ctx, by, UsersWrite, "disable user", id)
	if err != nil {
		return err
	}
	return d.issuer.DisableUser(ctx, id, "")
}

// EnableUser lets a person in again.
func (d *Desk) EnableUser(ctx context.Context, by Caller, id string) error {
	ctx, _, err := d.target(ctx, by, UsersWrite, "enable user", id)
	if err != nil {
		return err
	}
	return d.users.Enable(ctx, id)
}

// UnlockUser forgets the wrong passwords that an account has received.
func (d *Desk) UnlockUser(ctx context.Context, by Caller, id string) error {
	ctx, _, err := d.target(ctx, by, UsersWrite, "unlock user", id)
	if err != nil {
		return err
	}
	return d.users.Unlock(ctx, id)
}

// SetPassword gives a person another password, signs them out everywhere, and tells them.
func (d *Desk) SetPassword(ctx context.Context, by Caller, id string, password oauth.Secret) error {
	ctx, _, err := d.target(ctx, by, UsersWrite, "set password", id)
	if err != nil {
		return err
	}
	return d.issuer.SetPassword(ctx, id, password)
}

// SendReset sends a person a link by which they choose another password.
func (d *Desk) SendReset(ctx context.Context, by Caller, id string, letter issue.Letter) error {
	ctx, user, err := d.target(ctx, by, UsersWrite, "send reset", id)
	if err != nil {
		return err
	}
	return d.issuer.SendReset(ctx, user, letter)
}

// DeleteUser deletes a person whose record is at this version.
func (d *Desk) DeleteUser(ctx context.Context, by Caller, id, version string) error {
	ctx, _, err := d.target(ctx, by, UsersWrite, "delete user", id)
	if err != nil {
		return err
	}
	return d.issuer.DeleteUser(ctx, id, version)
}

// Changed returns a person whom the caller may change, and the version of their record:
// who may write sees what they wrote.
func (d *Desk) Changed(ctx context.Context, by Caller, id string) (identity.User, string, error) {
	if err := by.May(UsersWrite); err != nil {
		return identity.User{}, "", err
	}
	return d.users.GetAt(ctx, id)
}
