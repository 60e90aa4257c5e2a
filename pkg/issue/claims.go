package issue

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// claims are claims by name, as they are written.
type claims map[string]json.RawMessage

// and returns claims with more of them, which win.
func (c claims) and(more claims) claims {
	if len(more) == 0 {
		return c
	}
	all := claims{}
	maps.Copy(all, c)
	for name, value := range more {
		all.say(name, value)
	}
	return all
}

// say sets a claim, of which nobody says any more that it was verified (OpenID Connect
// Core §5.1).
func (c claims) say(name string, value json.RawMessage) {
	c[name] = value
	delete(c, name+"_verified")
}

// released are the names of the claims that a scope releases (OpenID Connect Core §5.4),
// of those of the schema as well.
func released(scope oauth.Scope, schema []oauth.Attribute) []string {
	var names []string
	for token, claims := range oauth.ScopeClaims() {
		if scope.Has(token) {
			names = append(names, claims...)
		}
	}
	for _, a := range schema {
		if scope.Has(a.Scope) {
			names = append(names, a.Name)
		}
	}
	return names
}

// saidBy are the names of the claims that a token says by its scope: what APIs decide by
// (RFC 9068 §2.2.3.1), and attributes that are meant for it. All others of a scope are had
// from userinfo (OpenID Connect Core §5.4).
func saidBy(target oauth.ClaimTarget, scope oauth.Scope, schema []oauth.Attribute) []string {
	if target == oauth.InUserinfo {
		return released(scope, schema)
	}
	var names []string
	for _, name := range []string{oauth.Groups, oauth.Roles} { // as the scopes are called
		if scope.Has(name) {
			names = append(names, name)
		}
	}
	for _, a := range schema {
		if scope.Has(a.Scope) && slices.Contains(a.In, target) {
			names = append(names, a.Name)
		}
	}
	return names
}

// schema returns the attributes that there may be about somebody: none, unread, where
// they have none.
func (i *Issuer) schema(ctx context.Context, user identity.User) ([]oauth.Attribute, error) {
	if len(user.Attributes) == 0 {
		return nil, nil
	}
	return i.users.KnownAttributes(ctx)
}

// said returns the claims about a person that a target says to a client: by the scope, by
// name where they were asked for there (OpenID Connect Core §5.5), and as the client's
// mappings have it.
func (i *Issuer) said(ctx context.Context, target oauth.ClaimTarget, client oauth.Client, user identity.User, scope oauth.Scope, asked ClaimsRequest) (claims, error) {
	schema, err := i.schema(ctx, user)
	if err != nil {
		return nil, err
	}
	names := slices.AppendSeq(saidBy(target, scope, schema), maps.Keys(asked.at(target)))
	says, err := i.about(ctx, user, schema, names)
	if err != nil {
		return nil, err
	}
	rules := rulesAt(target, client.ClaimsMapping)
	if len(rules) == 0 {
		return says, nil
	}
	known, err := i.about(ctx, user, schema, append(released(scope, schema), asked.Names()...))
	if err != nil {
		return nil, err
	}
	return mapped(rules, says, known), nil
}

// at is what is asked for of a target.
func (c ClaimsRequest) at(target oauth.ClaimTarget) map[string]ClaimRequest {
	switch target {
	case oauth.InIDToken:
		return c.IDToken
	case oauth.InUserinfo:
		return c.Userinfo
	}
	return nil
}

// about returns those of the claims that there are about the person.
func (i *Issuer) about(ctx context.Context, user identity.User, schema []oauth.Attribute, names []string) (claims, error) {
	if len(names) == 0 || user.ID == "" {
		return nil, nil
	}
	all, err := standardClaims(user)
	if err != nil {
		return nil, err
	}
	lists := map[string][]string{oauth.Groups: user.Groups}
	if slices.Contains(names, oauth.Roles) {
		if lists[oauth.Roles], err = i.roles(ctx, user); err != nil {
			return nil, err
		}
	}
	for name, list := range lists {
		if len(list) > 0 {
			if all[name], err = json.Marshal(list); err != nil {
				return nil, err
			}
		}
	}
	for _, a := range schema {
		if value := user.Attributes.Of(a); value != nil {
			all[a.Name] = value
		}
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return !slices.Contains(names, name) })
	return all, nil
}

// standardClaims are the claims of OpenID Connect Core §5.1 about a person.
func standardClaims(user identity.User) (claims, error) {
	about := user.StandardClaims
	if about.PreferredUsername == "" {
		about.PreferredUsername = user.Username
	}
	encoded, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	var all claims
	return all, json.Unmarshal(encoded, &all)
}

// roles are a person's own and those of their groups, in order.
func (i *Issuer) roles(ctx context.Context, user identity.User) ([]string, error) {
	groups, err := i.users.GroupsOf(ctx, user)
	if err != nil {
		return nil, err
	}
	roles := slices.Clone(user.Roles)
	for _, group := range groups {
		roles = append(roles, group.Roles...)
	}
	slices.Sort(roles)
	return slices.Compact(roles), nil
}

// with adds claims to a token's own, which win.
func with(own any, more claims) (any, error) {
	if len(more) == 0 {
		return own, nil
	}
	encoded, err := json.Marshal(own)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(more)
	return all, json.Unmarshal(encoded, &all)
}
