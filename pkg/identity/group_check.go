package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bounds of groups. All memberships of a person can change in one store.Write.
const (
	maxGroups     = 30 // of a person
	maxRoles      = 50 // of a person, or of a group
	maxGroupBytes = 64 // of a name
)

// checkGroup is every rule a group must keep.
func checkGroup(g Group) error {
	if err := checkGroupName(g.Name); err != nil {
		return err
	}
	if len(g.Description) > maxTextBytes || !utf8.ValidString(g.Description) || strings.ContainsFunc(g.Description, unicode.IsControl) {
		return oauth.InvalidRequest.Errorf("a group's description must be text of at most %d bytes without control characters", maxTextBytes)
	}
	for _, token := range g.Scope {
		if !oauth.AdminScopes().Has(token) {
			return oauth.InvalidRequest.Errorf("a group carries scope values that administer this provider, such as admin:users:read; %s is none", token)
		}
	}
	return checkRoles(g.Roles)
}

// checkGroupName asks for small letters, so that no two names look alike, and for
// nothing that separates names where they are listed.
func checkGroupName(name string) error {
	bad := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:/", r)
	}
	if name == "" || len(name) > maxGroupBytes || strings.ContainsFunc(name, bad) || strings.ContainsRune("-_.:/", rune(name[0])) {
		return oauth.InvalidRequest.Errorf("a group's name must have 1 to %d of a-z, 0-9 and -_.:/, and begin with a letter or digit", maxGroupBytes)
	}
	return nil
}

// IsGroupName reports whether a group can be called so.
func IsGroupName(name string) bool { return checkGroupName(name) == nil }

// IsRole reports whether a role can be called so.
func IsRole(name string) bool { return checkRoles([]string{name}) == nil }

// checkRoles asks for words that an application may compare, and log.
func checkRoles(roles []string) error {
	if len(roles) > maxRoles {
		return oauth.InvalidRequest.Errorf("more than %d roles", maxRoles)
	}
	for i, role := range roles {
		if role == "" || len(role) > maxGroupBytes || !visibleASCII(role) || strings.ContainsAny(role, `,"\`) {
			return oauth.InvalidRequest.Errorf(`a role must have 1 to %d visible ASCII characters without comma, " and \`, maxGroupBytes)
		}
		if slices.Contains(roles[:i], role) {
			return oauth.InvalidRequest.Errorf("the role %s is there twice", role)
		}
	}
	return nil
}

// checkGroups asks for names in order, each once.
func checkGroups(names []string) error {
	if len(names) > maxGroups {
		return oauth.InvalidRequest.Errorf("nobody belongs to more than %d groups", maxGroups)
	}
	for _, name := range names {
		if err := checkGroupName(name); err != nil {
			return err
		}
	}
	return nil
}

// sorted brings names into order, each once; nil for none.
func sorted(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}
