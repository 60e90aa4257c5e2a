package pages

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// groupView is a group, and who belongs to it.
type groupView struct {
	identity.Group
	Fixed    bool // always there, with every scope
	Form     groupForm
	Version  string
	Members  []memberRow
	Next     string
	Deletion deletion
}

type memberRow struct {
	ID, Username, Path string // Path is "" for who may not see people
}

// showGroup shows a group with its members, in the order of their subs.
func (p *Pages) showGroup(w http.ResponseWriter, v *visit, me administrator) error {
	group, version, err := p.desk.Group(v.Context(), me.by, v.PathValue("group"))
	if err != nil {
		return err
	}
	view := groupView{
		Group: group, Fixed: group.Name == identity.Administrators, Form: groupFormOf(v, group), Version: v.typed("version", version),
		Deletion: deletion{"name", "admin_confirm_group", version},
	}
	found, next, err := p.desk.Members(v.Context(), me.by, group.Name, store.Page{Limit: adminPageSize, After: v.params.Get("after")})
	if err != nil {
		return err
	}
	for _, user := range found {
		row := memberRow{ID: user.ID, Username: user.Username}
		if me.by.May(admin.UsersRead) == nil {
			row.Path = "/people/" + segment(user.ID)
		}
		view.Members = append(view.Members, row)
	}
	view.Next = nextQuery(v, next.After)
	return p.renderAdmin(w, v, me, view)
}

// groupActs is the table of what is done to a group.
func (p *Pages) groupActs() map[string]adminAct {
	return map[string]adminAct{
		"change": {true, p.changeGroup},
		"join":   {true, p.joinGroup},
		"leave": {true, func(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
			name := v.PathValue("group")
			return outcome{groupPath(name), "admin_left"}, p.desk.Leave(v.Context(), me.by, name, v.params.Get("user"))
		}},
		"delete": {true, p.deleteGroup},
	}
}

// changeGroup changes a group as it was when the form was made.
func (p *Pages) changeGroup(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	name := v.PathValue("group")
	version, err := seen(v)
	if err != nil {
		return outcome{}, err
	}
	_, err = p.desk.ChangeGroup(v.Context(), me.by, name, version, func(g *identity.Group) error { say(g, v.params); return nil })
	return outcome{groupPath(name), "admin_group_changed"}, err
}

// joinGroup takes somebody in who is named by their username or confirmed address, or by
// their sub. Whoever may not look people up names them by that alone.
func (p *Pages) joinGroup(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	name, id := v.PathValue("group"), strings.TrimSpace(v.params.Get("user"))
	if me.by.May(admin.UsersRead) == nil {
		user, err := p.desk.Find(v.Context(), me.by, id)
		if errors.Is(err, store.ErrNotFound) {
			return outcome{}, oauth.InvalidRequest.Errorf("nobody has the username, confirmed address or sub %s", id)
		}
		if err != nil {
			return outcome{}, err
		}
		id = user.ID
	}
	return outcome{groupPath(name), "admin_joined"}, p.desk.Join(v.Context(), me.by, name, id)
}

// deleteGroup deletes a group whose name was typed.
func (p *Pages) deleteGroup(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	name := v.PathValue("group")
	if err := typedName(v, "name", name); err != nil {
		return outcome{}, err
	}
	version, err := seen(v)
	if err != nil {
		return outcome{}, err
	}
	return outcome{"/groups", "admin_group_deleted"}, p.desk.DeleteGroup(v.Context(), me.by, name, version)
}
