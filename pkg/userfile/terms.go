package userfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Names that a value may be given instead of an attribute's.
const (
	asGroups = "groups"
	asRoles  = "roles"
)

// Terms say what groups, roles and attributes of a file become here.
type Terms struct {
	attributes []oauth.Attribute
	names      map[string]string
	used       map[string]bool   // of names
	merged     map[string]string // a file's groups by their names here
}

// NewTerms are terms in which people may have these attributes, and the names of a
// report stand for these here: "" leaves out what is called so. A group's or role's
// name stands for a group or role; any other for an attribute, a claim, groups or roles.
func NewTerms(attributes []oauth.Attribute, names map[string]string) (*Terms, error) {
	t := &Terms{attributes, names, map[string]bool{}, map[string]string{}}
	for name, here := range names {
		if t.attribute(here) < 0 && !isWord(name) && here != "" && here != asGroups && here != asRoles && !isClaim(here) {
			return nil, fmt.Errorf("%s cannot become %s: that is no attribute here, no claim, and neither groups nor roles", name, here)
		}
	}
	return t, nil
}

// isWord reports whether a report calls a group or a role so.
func isWord(name string) bool {
	for _, kind := range []string{"groups.", "roles.", "realmRoles.", "clientRoles."} {
		if strings.HasPrefix(name, kind) {
			return true
		}
	}
	return strings.Contains(name, "=") // see words
}

func isClaim(name string) bool {
	known, _ := setClaim(&identity.NewUser{}, name, "1")
	return known
}

func (t *Terms) attribute(name string) int {
	return slices.IndexFunc(t.attributes, func(a oauth.Attribute) bool { return a.Name == name })
}

// Unused are the names that stood for something and did not come.
func (t *Terms) Unused() (names []string) {
	for name := range t.names {
		if !t.used[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// here is what a name stands for; told is false where nobody has said so.
func (t *Terms) here(name, otherwise string) (here string, told bool) {
	here, told = t.names[name]
	if !told {
		return otherwise, false
	}
	t.used[name] = true
	return here, true
}

// fit gives the user what the file says in the words of here. What has no place is left,
// by name, and what is there and does not fit is an error.
func (t *Terms) fit(e *Entry) {
	for name := range e.User.Attributes {
		if t.attribute(name) < 0 {
			e.Lacking = append(e.Lacking, name)
		}
	}
	for _, v := range e.Values {
		e.Err = errors.Join(e.Err, t.value(e, v))
	}
	for _, role := range e.Roles {
		var ok bool
		if e.User.Roles, ok = t.role(e.User.Roles, role); !ok {
			e.Left = append(e.Left, role.Name)
		}
	}
	said := e.Groups
	e.Groups = nil
	for _, g := range said {
		e.Err = errors.Join(e.Err, t.group(e, g))
	}
	slices.Sort(e.Left)
}

// group adds a group under its name here.
func (t *Terms) group(e *Entry, g Group) error {
	name, told := t.here(g.Name, g.Here)
	switch {
	case name == "" && told:
		return nil
	case !identity.IsGroupName(name):
		e.Left = append(e.Left, g.Name)
		return nil
	}
	// Small letters could make one group of two, and give its members what they had not.
	if other := t.merged[name]; other != "" && other != g.Name && !told {
		return fmt.Errorf("%s and %s would be one group here, %s: say what they are to become", other, g.Name, name)
	}
	t.merged[name] = g.Name
	made := Group{Word: Word{g.Name, name}, Told: told}
	for _, role := range g.Roles {
		roles, ok := t.role(made.RolesHere, role)
		if made.RolesHere = roles; !ok {
			made.Left = append(made.Left, g.Name+" "+role.Name)
		}
	}
	e.Groups = append(e.Groups, made)
	return nil
}

// role adds a role under its name here; ok is false where that would be none.
func (t *Terms) role(roles []string, role Word) (all []string, ok bool) {
	name, told := t.here(role.Name, role.Here)
	switch {
	case name == "" && told, slices.Contains(roles, name):
		return roles, true
	case !identity.IsRole(name):
		return roles, false
	}
	return append(roles, name), true
}

// value gives the user one value.
func (t *Terms) value(e *Entry, v Value) error {
	name, told := t.here(v.Name, v.Here)
	if told && name == "" {
		return nil
	}
	if name == asGroups || name == asRoles {
		return words(e, v, name)
	}
	if told && isClaim(name) {
		text, one := v.text()
		if !one {
			return fmt.Errorf("%s is not one text, as the claim %s must be", v.Name, name)
		}
		_, err := setClaim(&e.User, name, text)
		return err
	}
	at := t.attribute(name)
	if at < 0 {
		e.Left = append(e.Left, v.Name)
		if name != "" {
			e.Lacking = append(e.Lacking, name)
		}
		return nil
	}
	value, err := v.as(t.attributes[at])
	if err != nil {
		return err
	}
	if e.User.Attributes == nil {
		e.User.Attributes = map[string]json.RawMessage{}
	}
	if _, twice := e.User.Attributes[name]; twice {
		return fmt.Errorf("%s is the attribute %s, which something else is already", v.Name, name)
	}
	e.User.Attributes[name] = value
	return nil
}

// words takes what a value says as names of groups or roles.
func words(e *Entry, v Value, kind string) error {
	texts, ok := v.texts()
	if !ok {
		return fmt.Errorf("%s is neither a text nor a list of texts, as %s must be", v.Name, kind)
	}
	for _, text := range texts {
		if name := v.Name + "=" + text; kind == asRoles {
			e.Roles = append(e.Roles, Word{name, text})
		} else {
			e.Groups = append(e.Groups, Group{Word: Word{name, groupHere(text)}})
		}
	}
	return nil
}
