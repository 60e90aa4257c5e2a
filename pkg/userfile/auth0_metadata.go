package userfile

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// authorization is the member of app_metadata in which Auth0's Authorization Extension
// keeps what it has decided of somebody.
const authorization = "authorization"

// auth0Metadata takes app_metadata, which applications write, and user_metadata, which
// people may write themselves: so neither becomes anything that nobody has asked for.
func auth0Metadata(e *Entry, user members) error {
	var errs []error
	for _, kind := range []string{"app_metadata", "user_metadata"} {
		var of members
		if err := user.take(kind, &of); err != nil {
			errs = append(errs, err)
			continue
		}
		if kind == "app_metadata" {
			errs = append(errs, auth0Authorization(e, of))
		}
		for _, member := range slices.Sorted(maps.Keys(of)) {
			if name := kind + "." + member; string(of[member]) != "null" {
				e.Values = append(e.Values, Value{Name: name, Here: name, JSON: of[member]})
			}
		}
	}
	return errors.Join(errs...)
}

// auth0Authorization takes groups and roles.
func auth0Authorization(e *Entry, metadata members) error {
	var decided members
	if json.Unmarshal(metadata[authorization], &decided) != nil {
		return nil // something else of that name
	}
	delete(metadata, authorization)
	var groups, roles []string
	err := errors.Join(decided.take("groups", &groups), decided.take("roles", &roles))
	for _, name := range groups {
		e.Groups = append(e.Groups, Group{Word: groupWord(name)})
	}
	for _, name := range roles {
		e.Roles = append(e.Roles, Word{"roles." + name, name})
	}
	e.Left = append(e.Left, decided.left("app_metadata."+authorization+".")...)
	return err
}
