package identity

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Standing is a person as they are when something that lies with them is to change.
type Standing struct {
	User     User
	Password bool // whether they have one
}

// Here is invalid_request, by ErrMoved, of somebody who is kept out: nothing more comes to
// them, for they may be about to be deleted.
func (s Standing) Here() error {
	if s.User.Disabled {
		return oauth.InvalidRequest.Errorf("the account is kept out: %w", ErrMoved)
	}
	return nil
}

// Beside changes what lies with a person by one write with their own record. So they are
// there, nobody deletes them meanwhile, and of any number who change what lies with one
// person each decides on what the one before has left: decide is called again for whoever
// was outrun. Where it returns no changes, nothing is written. store.ErrNotFound when there
// is no such person.
func (u *Users) Beside(ctx context.Context, id string, decide func(context.Context, Standing) ([]store.Change, error)) error {
	if id == "" {
		return store.ErrNotFound
	}
	for {
		kept, version, err := store.Load[userRecord](ctx, u.users, userKey(id))
		if err != nil {
			return wrap("load user", err)
		}
		changes, err := decide(ctx, Standing{kept.User, kept.PasswordHash != ""})
		if err != nil || len(changes) == 0 {
			return err
		}
		err = u.users.Write(ctx, append(changes, store.Put(userKey(id), kept).IfVersion(version))...)
		if !outrun(err, userKey(id)) {
			return err
		}
	}
}
