package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Administrators is the group that is always there and carries every scope that
// administers this provider.
const Administrators = "administrators"

// Group is people who may the same. Who belongs to it stands with each of them.
type Group struct {
	Name        string      `json:"name"` // never changes
	Description string      `json:"description,omitempty"`
	Roles       []string    `json:"roles,omitempty"` // its members have them
	Scope       oauth.Scope `json:"scope,omitempty"` // of oauth.AdminScopes, what its members may be granted

	// SecondFactor demands one of its members when they sign in.
	SecondFactor bool `json:"second_factor,omitempty"`

	Created time.Time `json:"created,omitzero"` // zero for administrators, where nothing was changed

	// Ending is a group under deletion: it takes nobody in and gives nothing.
	Ending bool `json:"ending,omitempty"`
}

func groupKey(name string) store.Key { return shards{kind: "group"}.key(name) }

// errNoGroup wraps store.ErrNotFound.
func errNoGroup(name string) error {
	return oauth.InvalidRequest.Errorf("there is no group %s: %w", name, store.ErrNotFound)
}

// Group returns the group of this name. For an unknown one the error wraps
// store.ErrNotFound.
func (u *Users) Group(ctx context.Context, name string) (Group, error) {
	g, _, err := u.loadGroup(ctx, name)
	return g, err
}

// loadGroup returns a group with its record's version, "" for administrators without a
// record.
func (u *Users) loadGroup(ctx context.Context, name string) (Group, string, error) {
	if checkGroupName(name) != nil {
		return Group{}, "", errNoGroup("of such a name")
	}
	g, version, err := store.Load[Group](ctx, u.users, groupKey(name))
	if isNotFound(err) && name != Administrators {
		return Group{}, "", errNoGroup(name)
	}
	if err != nil && !isNotFound(err) {
		return Group{}, "", fmt.Errorf("load group: %w", err)
	}
	if name == Administrators {
		g.Name, g.Scope, g.Ending = name, oauth.AdminScopes(), false
	}
	return g, version, nil
}

// Groups returns groups in the order of their names, those that begin with prefix.
// page is as in List.
func (u *Users) Groups(ctx context.Context, prefix string, page store.Page) ([]Group, store.Page, error) {
	records, next, err := shards{u.users, "group"}.list(ctx, prefix, page)
	if err != nil {
		return nil, store.Page{}, fmt.Errorf("list groups: %w", err)
	}
	groups := make([]Group, len(records))
	for i, record := range records {
		if groups[i], err = store.Decode[Group](record); err != nil {
			return nil, store.Page{}, err
		}
		if groups[i].Name == Administrators {
			groups[i].Scope = oauth.AdminScopes()
		}
	}
	return groups, next, nil
}

// GroupsOf returns the groups that somebody belongs to, in the order of their names.
func (u *Users) GroupsOf(ctx context.Context, user User) ([]Group, error) {
	if len(user.Groups) == 0 {
		return nil, nil
	}
	groups := make([]Group, len(user.Groups))
	reading, readingCtx := errgroup.WithContext(ctx)
	reading.SetLimit(parallelReads)
	for i, name := range user.Groups {
		reading.Go(func() (err error) {
			if groups[i], err = u.Group(readingCtx, name); isNotFound(err) {
				groups[i].Ending, err = true, nil
			}
			return err
		})
	}
	err := reading.Wait()
	return slices.DeleteFunc(groups, func(g Group) bool { return g.Ending }), err
}

// AddGroup makes a group. The error wraps ErrTaken when there is one of its name.
func (u *Users) AddGroup(ctx context.Context, g Group) (Group, error) {
	g.Created, g.Ending = u.now().UTC(), false
	if err := checkGroup(g); err != nil {
		return Group{}, err
	}
	if g.Name == Administrators {
		return Group{}, oauth.InvalidRequest.Errorf("%s are always there: %w", g.Name, ErrTaken)
	}
	err := u.users.Write(ctx, store.Put(groupKey(g.Name), g).IfAbsent())
	if errors.As(err, new(*store.Conflict)) {
		return Group{}, oauth.InvalidRequest.Errorf("there is a group %s already: %w", g.Name, ErrTaken)
	}
	if err != nil {
		return Group{}, fmt.Errorf("add group: %w", err)
	}
	u.trail.Record(ctx, audit.Event{Kind: audit.GroupMade, Object: g.Name})
	return g, nil
}

// UpdateGroup changes all of a group but its name. change may be called several times,
// each time with the group as it stands.
func (u *Users) UpdateGroup(ctx context.Context, name string, change func(*Group) error) (Group, error) {
	return u.UpdateGroupAt(ctx, name, "", change)
}

// UpdateGroupAt is UpdateGroup of the record at a version, or at any where that is empty:
// the error is ErrVersion when the record is at another one.
func (u *Users) UpdateGroupAt(ctx context.Context, name, at string, change func(*Group) error) (Group, error) {
	for {
		g, version, err := u.loadGroup(ctx, name)
		if err != nil {
			return Group{}, err
		}
		if err := sameVersion(at, groupVersion(version)); err != nil {
			return Group{}, err
		}
		if g.Ending {
			return Group{}, errEnding(name)
		}
		before := g
		was, err := json.Marshal(before)
		if err != nil {
			return Group{}, fmt.Errorf("encode group: %w", err)
		}
		if err := change(&g); err != nil {
			return Group{}, err
		}
		g.Name, g.Created, g.Ending = name, before.Created, false
		if g.Created.IsZero() {
			g.Created = u.now().UTC()
		}
		if name == Administrators {
			g.Scope = oauth.AdminScopes() // whatever they were asked to give up
		}
		if err := checkGroup(g); err != nil {
			return Group{}, err
		}
		put := store.Put(groupKey(name), g).IfAbsent()
		if version != "" {
			put = store.Put(groupKey(name), g).IfVersion(version)
		}
		err = u.users.Write(ctx, put)
		if outrun(err, groupKey(name)) {
			continue
		}
		if err != nil {
			return Group{}, fmt.Errorf("change group: %w", err)
		}
		u.trail.Record(ctx, audit.Event{Kind: audit.GroupChanged, Object: name, Changed: audit.Changed(was, g, "created")})
		return g, nil
	}
}

func errEnding(name string) error {
	return oauth.InvalidRequest.Errorf("the group %s is being deleted", name)
}
