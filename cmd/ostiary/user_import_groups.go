package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/userfile"
)

// importGroups knows which groups are there, and makes others if it may.
type importGroups struct {
	users     *identity.Users
	create    bool     // --create-groups
	dryRun    bool     // tell, and make none
	everybody []string // --group: everybody of the file joins them

	mu    sync.Mutex
	known map[string]standing
}

// standing is what is known of a group.
type standing struct {
	there, administers bool
	made               bool // or would be, in a dry run
}

// look tells what is known of a group, which is made if that is wanted: what is told so.
func (g *importGroups) look(ctx context.Context, name string, roles []string, what *fate) (standing, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if is, known := g.known[name]; known {
		return is, nil
	}
	group, err := g.users.Group(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return standing{}, err
	}
	is := standing{there: err == nil, administers: len(group.Scope) > 0}
	if !is.there && g.create && identity.IsGroupName(name) {
		if !g.dryRun {
			_, err := g.users.AddGroup(ctx, identity.Group{Name: name, Roles: roles})
			if err != nil && !errors.Is(err, identity.ErrTaken) {
				return standing{}, fmt.Errorf("make the group %s: %w", name, err)
			}
		}
		is.made = true
		what.made = append(what.made, name)
	}
	if g.known == nil {
		g.known = map[string]standing{}
	}
	g.known[name] = is
	return is, nil
}

// join decides which groups the user joins, and tells which there would have to be. Of a
// group that is to be made in earnest the import itself finds that it is there.
func (g *importGroups) join(ctx context.Context, e *userfile.Entry, what *fate) error {
	var joins []string
	for _, name := range slices.Concat(e.User.Groups, g.everybody) {
		is, err := g.look(ctx, name, nil, what)
		if err != nil {
			return err
		}
		if !is.there && !is.made {
			what.groups = append(what.groups, name)
		}
		if !is.made || !g.dryRun {
			joins = append(joins, name)
		}
	}
	for _, group := range e.Groups {
		is, err := g.look(ctx, group.Here, group.RolesHere, what)
		switch {
		case err != nil:
			return err
		case is.administers && !group.Told:
			// A group of another product that is called like one which administers this
			// provider makes nobody an administrator, at the price of one flag for whoever
			// means it.
			what.guarded = group.Name
			e.Left = append(e.Left, group.Name)
		case is.made:
			e.Left = append(e.Left, group.Left...)
			if !g.dryRun {
				joins = append(joins, group.Here)
			}
		case is.there:
			joins = append(joins, group.Here)
		default:
			what.groups = append(what.groups, group.Here)
			e.Left = append(e.Left, group.Name)
		}
	}
	e.User.Groups, what.administer = joins, g.administer(joins)
	return nil
}

// administer are those of the groups that administer this provider. A file of ours may make
// administrators without a flag, so whoever imports it is told, before and after.
func (g *importGroups) administer(names []string) (found []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, name := range names {
		if g.known[name].administers && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found
}

// check refuses groups of --group that are not there, before anybody is imported.
func (g *importGroups) check(ctx context.Context, what *fate) error {
	for _, name := range g.everybody {
		if !identity.IsGroupName(name) {
			return fmt.Errorf("--group %s: no group can be called so", name)
		}
		is, err := g.look(ctx, name, nil, what)
		if err != nil {
			return fmt.Errorf("--group %s: %w", name, err)
		}
		if !is.there && !is.made {
			return fmt.Errorf("--group %s: there is no such group; --create-groups makes it", name)
		}
	}
	return nil
}
