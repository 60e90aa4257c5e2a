package userfile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// keycloakRealm is what a realm's file says of roles and groups, which stand before its
// users.
type keycloakRealm struct {
	parts  map[string]keycloakRoles   // of a composite role, by its name in a report
	groups map[string][]keycloakRoles // of a group and those that it is in, by its path
}

// keycloakRoles are roles of the realm, and of clients by their IDs.
type keycloakRoles struct {
	Realm  []string            `json:"realm"`
	Client map[string][]string `json:"client"`
}

// keycloakRole is a role, which may be made of others.
type keycloakRole struct {
	Name       string        `json:"name"`
	Composites keycloakRoles `json:"composites"`
}

// keycloakGroup is a group. Its members have the roles of those that it is in, too.
type keycloakGroup struct {
	Name      string              `json:"name"`
	Path      string              `json:"path"`
	Realm     []string            `json:"realmRoles"`
	Client    map[string][]string `json:"clientRoles"`
	SubGroups []keycloakGroup     `json:"subGroups"`
}

// aside are the members of the file that the realm is read from.
func (realm *keycloakRealm) aside() map[string]func(*json.Decoder) error {
	return map[string]func(*json.Decoder) error{"roles": realm.readRoles, "groups": realm.readGroups}
}

func (realm *keycloakRealm) readRoles(decoder *json.Decoder) error {
	var roles struct {
		Realm  []keycloakRole            `json:"realm"`
		Client map[string][]keycloakRole `json:"client"`
	}
	if err := decoder.Decode(&roles); err != nil {
		return fmt.Errorf("the realm's roles: %w", err)
	}
	realm.parts = map[string]keycloakRoles{}
	keep := func(prefix string, roles []keycloakRole) {
		for _, role := range roles {
			if len(role.Composites.Realm)+len(role.Composites.Client) > 0 {
				realm.parts[prefix+role.Name] = role.Composites
			}
		}
	}
	keep("realmRoles.", roles.Realm)
	for client, roles := range roles.Client {
		keep("clientRoles."+client+".", roles)
	}
	return nil
}

func (realm *keycloakRealm) readGroups(decoder *json.Decoder) error {
	var groups []keycloakGroup
	if err := decoder.Decode(&groups); err != nil {
		return fmt.Errorf("the realm's groups: %w", err)
	}
	realm.groups = map[string][]keycloakRoles{}
	var keep func(above string, roles []keycloakRoles, groups []keycloakGroup)
	keep = func(above string, roles []keycloakRoles, groups []keycloakGroup) {
		for _, g := range groups {
			path := cmp.Or(g.Path, above+"/"+g.Name)
			own := append(slices.Clone(roles), keycloakRoles{g.Realm, g.Client})
			realm.groups[path] = own
			keep(path, own, g.SubGroups)
		}
	}
	keep("", nil, groups)
	return nil
}

// group returns the group at a path. Where the file does not tell of it, it has no roles.
func (realm *keycloakRealm) group(path string) Group {
	return Group{Word: groupWord(path), Roles: realm.opened(realm.groups[path]...)}
}

// opened returns roles with those that they are made of, which Keycloak's tokens say, too.
func (realm *keycloakRealm) opened(given ...keycloakRoles) (all []Word) {
	seen := map[string]bool{}
	var open func(keycloakRoles)
	say := func(name, here string) {
		if seen[name] || keycloakOwn(name) {
			return
		}
		seen[name] = true
		parts, composite := realm.parts[name]
		// The role that everybody has is but a name for what it is made of.
		if !composite || !strings.HasPrefix(name, "realmRoles.default-roles-") {
			all = append(all, Word{name, here})
		}
		open(parts)
	}
	open = func(roles keycloakRoles) {
		for _, role := range roles.Realm {
			say("realmRoles."+role, role)
		}
		for client, names := range roles.Client {
			for _, role := range names {
				say("clientRoles."+client+"."+role, client+":"+role)
			}
		}
	}
	for _, roles := range given {
		open(roles)
	}
	slices.SortFunc(all, func(a, b Word) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// keycloakOwn reports whether a role means something to Keycloak and its account page
// alone. Everybody has these.
func keycloakOwn(name string) bool {
	return name == "realmRoles.offline_access" || name == "realmRoles.uma_authorization" || strings.HasPrefix(name, "clientRoles.account.")
}
