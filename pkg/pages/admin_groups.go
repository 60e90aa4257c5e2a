package pages

import (
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// groupsView is what a search has found, and the form of another group.
type groupsView struct {
	Asked  string
	Groups []groupRow
	Next   string
	Name   string // as it was typed
	Form   groupForm
}

type groupRow struct{ Name, Description, Path string }

// groupForm is what is said of a group.
type groupForm struct {
	Description, Roles string
	Scopes             []scopeBox
	SecondFactor       bool
}

// scopeBox is a box for a scope that a group may carry.
type scopeBox struct {
	Scope  string
	Ticked bool
}

// groupFormOf is the form of a group as it stands, or as it was typed.
func groupFormOf(v *visit, g identity.Group) groupForm {
	form := groupForm{
		Description: v.typed("description", g.Description), Roles: v.typed("roles", strings.Join(g.Roles, " ")),
		SecondFactor: v.ticked("second_factor", g.SecondFactor),
	}
	for _, scope := range oauth.AdminScopes() {
		form.Scopes = append(form.Scopes, scopeBox{scope, v.ticked(scope, g.Scope.Has(scope))})
	}
	return form
}

// say writes what the form says into a group.
func say(g *identity.Group, form oauth.Params) {
	g.Description, g.Roles = strings.TrimSpace(form.Get("description")), strings.Fields(form.Get("roles"))
	g.SecondFactor, g.Scope = form.Get("second_factor") != "", nil
	for _, scope := range oauth.AdminScopes() {
		if form.Get(scope) != "" {
			g.Scope = append(g.Scope, scope)
		}
	}
}

// showGroups finds groups by the beginning of their names. The administrators are always
// there, with a record or without.
func (p *Pages) showGroups(w http.ResponseWriter, v *visit, me administrator) error {
	view := groupsView{Asked: strings.TrimSpace(v.params.Get("q")), Name: v.typed("name", ""), Form: groupFormOf(v, identity.Group{})}
	after := v.params.Get("after")
	found, next, err := p.desk.Groups(v.Context(), me.by, strings.ToLower(view.Asked), store.Page{Limit: adminPageSize, After: after})
	if err != nil {
		return err
	}
	for _, group := range found {
		if group.Name != identity.Administrators {
			view.Groups = append(view.Groups, groupRow{group.Name, group.Description, groupPath(group.Name)})
		}
	}
	if after == "" && strings.HasPrefix(identity.Administrators, strings.ToLower(view.Asked)) {
		view.Groups = append([]groupRow{{Name: identity.Administrators, Path: groupPath(identity.Administrators)}}, view.Groups...)
	}
	view.Next = nextQuery(v, next.After)
	return p.renderAdmin(w, v, me, view)
}

func groupPath(name string) string { return "/groups/" + segment(name) }

// addGroup makes a group.
func (p *Pages) addGroup(_ http.ResponseWriter, v *visit, me administrator) (outcome, error) {
	g := identity.Group{Name: strings.TrimSpace(v.params.Get("name"))}
	say(&g, v.params)
	made, err := p.desk.AddGroup(v.Context(), me.by, g)
	return outcome{groupPath(made.Name), "admin_group_made"}, err
}
