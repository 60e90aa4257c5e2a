package identity

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Update changes claims, the username or whether the user is disabled. change may
// be called several times, each time with the user as it stands; an error from it
// ends the update.
func (u *Users) Update(ctx context.Context, id string, change func(*User) error) (User, error) {
	return u.UpdateAt(ctx, id, "", change)
}

// UpdateAt is Update of the record at a version, or at any where that is empty: the
// error is ErrVersion when the record is at another one.
func (u *Users) UpdateAt(ctx context.Context, id, version string, change func(*User) error) (User, error) {
	before, after, err := u.update(ctx, id, version, change)
	if err == nil {
		u.recordChange(ctx, before, after)
	}
	return after, err
}

// update is UpdateAt, which leaves the recording to its caller: it also returns the user
// as it was.
func (u *Users) update(ctx context.Context, id, version string, change func(*User) error) (was snapshot, is User, err error) {
	is, err = u.rewriteAt(ctx, id, version, func(kept *userRecord) error {
		before := kept.User
		was = snapshotOf(before)
		said := membersOf(before.StandardClaims)
		if err := change(&kept.User); err != nil {
			return err
		}
		kept.ID, kept.Epoch, kept.Created = before.ID, before.Epoch, before.Created
		kept.UpdatedAt = u.now().Unix()
		if kept.Disabled && !before.Disabled {
			kept.Epoch++ // enabled again, the user must sign in again
		}
		return checkChangedClaims(said, kept.StandardClaims)
	})
	return was, is, err
}

// SetPassword gives the user another password and signs them out everywhere, for
// the old password may have been somebody else's too.
func (u *Users) SetPassword(ctx context.Context, id string, password oauth.Secret) error {
	user, err := u.Get(ctx, id)
	if err != nil {
		return err
	}
	prepared, err := prepareNew(password, user.Username)
	if err != nil {
		return err
	}
	if err := u.checkBreaches(ctx, prepared); err != nil {
		return err
	}
	hash, err := u.hasher.hash(ctx, prepared)
	if err != nil {
		return err
	}
	_, err = u.rewrite(ctx, id, func(kept *userRecord) error {
		kept.PasswordHash = hash
		kept.Epoch++
		return nil
	})
	if err == nil {
		u.trail.Record(ctx, audit.Event{Kind: audit.PasswordChanged, Subject: id})
	}
	return err
}

// Disable keeps the user out: no sign-in, and every session and grant is over.
func (u *Users) Disable(ctx context.Context, id string) error {
	_, err := u.Update(ctx, id, func(user *User) error { user.Disabled = true; return nil })
	return err
}

// Enable lets the user sign in again.
func (u *Users) Enable(ctx context.Context, id string) error {
	_, err := u.Update(ctx, id, func(user *User) error { user.Disabled = false; return nil })
	return err
}

// SignOutEverywhere ends every session and grant of the user: each remembers the
// epoch it was born in.
func (u *Users) SignOutEverywhere(ctx context.Context, id string) error {
	_, err := u.rewrite(ctx, id, func(kept *userRecord) error { kept.Epoch++; return nil })
	if err == nil {
		u.trail.Record(ctx, audit.Event{Kind: audit.SignedOutEverywhere, Subject: id})
	}
	return err
}

// Delete removes the user and frees the username and the address. Who wants nothing to be
// left of them begins with BeginDeletion, and removes what lies with them before.
func (u *Users) Delete(ctx context.Context, id string) error {
	for {
		kept, version, err := store.Load[userRecord](ctx, u.users, userKey(id))
		if err != nil {
			return fmt.Errorf("load user: %w", err)
		}
		changes, err := u.unlinked(ctx, id)
		if err != nil {
			return err
		}
		changes = append(changes, store.Delete(userKey(id)).IfVersion(version), store.Delete(leavingKey(id)),
			store.Delete(u.names.key(kept.Username)))
		for _, group := range kept.Groups {
			changes = append(changes, store.Delete(memberKey(group, id)))
		}
		freed, err := u.readdressed(ctx, id, kept.address(), "")
		if err != nil {
			return err
		}
		err = u.users.Write(ctx, append(changes, freed...)...)
		if !outrun(err, userKey(id)) && !u.outrunByAddress(err) {
			if err == nil {
				u.trail.Record(ctx, audit.Event{Kind: audit.UserDeleted, Subject: id})
			}
			return wrap("delete user", err)
		}
	}
}

// rewrite changes a user's record by one conditional write, and again when
// somebody else came first: each round lost is a round that another has won.
func (u *Users) rewrite(ctx context.Context, id string, change func(*userRecord) error) (User, error) {
	return u.rewriteAt(ctx, id, "", change)
}

// rewriteAt is rewrite of the record at this version alone, where one is given.
func (u *Users) rewriteAt(ctx context.Context, id, at string, change func(*userRecord) error) (User, error) {
	for {
		kept, version, err := store.Load[userRecord](ctx, u.users, userKey(id))
		if err != nil {
			return User{}, fmt.Errorf("load user: %w", err)
		}
		if err := sameVersion(at, version); err != nil {
			return User{}, err
		}
		username, address, left := kept.Username, kept.address(), kept.Leaving
		groups, attributes := slices.Clone(kept.Groups), maps.Clone(kept.Attributes)
		if err := change(&kept); err != nil {
			return User{}, err
		}
		if err := staysLeft(left, &kept); err != nil {
			return User{}, err
		}
		if kept.Username, err = Username(kept.Username); err != nil {
			return User{}, err
		}
		kept.Groups = sorted(kept.Groups)
		if err := errors.Join(checkGroups(kept.Groups), checkRoles(kept.Roles)); err != nil {
			return User{}, err
		}
		if kept.Attributes, err = u.fitted(ctx, attributes, kept.Attributes); err != nil {
			return User{}, err
		}
		changes, err := u.enrolled(ctx, id, groups, kept.Groups)
		if err != nil {
			return User{}, err
		}
		changes = append(changes, store.Put(userKey(id), kept).IfVersion(version))
		if kept.Username != username {
			changes = append(changes,
				store.Put(u.names.key(kept.Username), nameRecord{id}).IfAbsent(),
				store.Delete(u.names.key(username)))
		}
		found, err := u.readdressed(ctx, id, address, kept.address())
		if err != nil {
			return User{}, err
		}
		err = u.users.Write(ctx, append(changes, found...)...)
		if err == nil {
			u.recordGroups(ctx, id, groups, kept.Groups)
		}
		if !outrun(err, userKey(id)) && !outrunByGroup(err, kept.Groups) && !u.outrunByAddress(err) {
			return kept.User, wrap("change user", u.taken(err))
		}
	}
}

// outrun reports whether a write failed because somebody else wrote at key first.
func outrun(err error, key store.Key) bool {
	var conflict *store.Conflict
	return errors.As(err, &conflict) && conflict.Key == key
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
