package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// memberKey is where a group's member is listed. Who belongs where is decided by the
// person's own record, with which this one is written.
func memberKey(group, userID string) store.Key {
	return store.Key{Partition: "members#" + group, Sort: userID}
}

// Join takes somebody into a group. Who belongs to it already stays.
func (u *Users) Join(ctx context.Context, id, group string) (User, error) {
	return u.Update(ctx, id, func(user *User) error {
		user.Groups = append(user.Groups, group)
		return nil
	})
}

// Leave takes somebody out of a group; of one that they do not belong to, too.
func (u *Users) Leave(ctx context.Context, id, group string) (User, error) {
	return u.Update(ctx, id, func(user *User) error {
		user.Groups = without(user.Groups, group)
		return nil
	})
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}

// Members returns who belongs to a group, in the order of their subs. page is as in
// List, but that After is a sub.
func (u *Users) Members(ctx context.Context, group string, page store.Page) ([]User, store.Page, error) {
	if _, err := u.Group(ctx, group); err != nil {
		return nil, store.Page{}, err
	}
	if page.Limit <= 0 {
		page.Limit = defaultPage
	}
	records, next, err := u.users.List(ctx, memberKey(group, "").Partition, "", page)
	if err != nil {
		return nil, store.Page{}, fmt.Errorf("list members: %w", err)
	}
	members, err := u.each(ctx, records)
	return members, next, err
}

// DeleteGroup takes everybody out of a group, and then the group away. It first marks
// the group, from when on nobody can join: else whoever joined meanwhile would belong to
// the next group of this name. When it breaks off, doing it again is enough.
func (u *Users) DeleteGroup(ctx context.Context, name string) error {
	return u.DeleteGroupAt(ctx, name, "")
}

// DeleteGroupAt is DeleteGroup of the record at a version, or at any where that is empty.
func (u *Users) DeleteGroupAt(ctx context.Context, name, at string) error {
	version, err := u.endGroup(ctx, name, at)
	if err != nil {
		return err
	}
	records, err := store.All(ctx, u.users, memberKey(name, "").Partition, "")
	if err != nil {
		return fmt.Errorf("list members: %w", err)
	}
	for _, record := range records {
		member, err := store.Decode[nameRecord](record)
		if err != nil {
			return err
		}
		if _, err := u.Leave(ctx, member.ID, name); err != nil && !isNotFound(err) { // who is gone has left
			return err
		}
	}
	err = u.users.Write(ctx, store.Delete(groupKey(name)).IfVersion(version))
	if outrun(err, groupKey(name)) {
		return nil // another has ended it
	}
	if err == nil {
		u.trail.Record(ctx, audit.Event{Kind: audit.GroupDeleted, Object: name})
	}
	return wrap("delete group", err)
}

// endGroup marks a group, and returns the version of its marked record.
func (u *Users) endGroup(ctx context.Context, name, at string) (string, error) {
	if name == Administrators {
		return "", oauth.InvalidRequest.Errorf("%s cannot be deleted", name)
	}
	for {
		g, version, err := u.loadGroup(ctx, name)
		if err == nil {
			err = sameVersion(at, groupVersion(version))
		}
		if err != nil || g.Ending {
			return version, err
		}
		g.Ending = true
		err = u.users.Write(ctx, store.Put(groupKey(name), g).IfVersion(version))
		if err != nil && !outrun(err, groupKey(name)) {
			return "", fmt.Errorf("end group: %w", err)
		}
		if err == nil {
			at = "" // it is marked, which is another version
		}
	}
}

// enrolled are the changes that go with a person's record when the groups in it become
// others. A group must be there when somebody joins it: it is checked in the same write.
func (u *Users) enrolled(ctx context.Context, id string, before, after []string) ([]store.Change, error) {
	var changes []store.Change
	for _, name := range after {
		if slices.Contains(before, name) {
			continue
		}
		g, version, err := u.loadGroup(ctx, name)
		if err != nil {
			return nil, err
		}
		if g.Ending {
			return nil, errEnding(name)
		}
		changes = append(changes, store.Put(memberKey(name, id), nameRecord{id}))
		if version != "" {
			changes = append(changes, store.Check(groupKey(name)).IfVersion(version))
		}
	}
	for _, name := range before {
		if !slices.Contains(after, name) {
			changes = append(changes, store.Delete(memberKey(name, id)))
		}
	}
	return changes, nil
}

// outrunByGroup reports whether a write failed because a group was changed meanwhile.
func outrunByGroup(err error, names []string) bool {
	var conflict *store.Conflict
	return errors.As(err, &conflict) &&
		slices.ContainsFunc(names, func(name string) bool { return conflict.Key == groupKey(name) })
}
