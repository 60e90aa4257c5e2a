package issue

import (
	"context"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// held is what a person may be granted of a scope: all but what administers this
// provider, and of that what a group of theirs carries, now. The groups are read each
// time: who leaves administrators administers no more, whatever tokens they have.
func (i *Issuer) held(ctx context.Context, user identity.User, scope oauth.Scope) (oauth.Scope, error) {
	if user.ID == "" || !slices.ContainsFunc(scope, oauth.Administers) {
		return scope, nil
	}
	groups, err := i.users.GroupsOf(ctx, user)
	if err != nil {
		return nil, err
	}
	var carried oauth.Scope
	for _, group := range groups {
		carried = append(carried, group.Scope...)
	}
	return slices.DeleteFunc(slices.Clone(scope), func(token string) bool {
		return oauth.Administers(token) && !carried.Has(token)
	}), nil
}

// Narrowed returns the request as it can be granted to the person: without the scope
// that administers this provider and that no group of theirs carries (RFC 6749 §3.3). It
// is a *Refusal of access_denied where nothing is left.
func (i *Issuer) Narrowed(ctx context.Context, req AuthorizationRequest, user identity.User) (AuthorizationRequest, error) {
	scope, err := i.agreeable(ctx, user, req.Scope)
	if err != nil {
		return req, &Refusal{req, err}
	}
	req.Scope = scope
	return req, nil
}

// agreeable is what is left of a scope for the person to agree to.
func (i *Issuer) agreeable(ctx context.Context, user identity.User, scope oauth.Scope) (oauth.Scope, error) {
	now, err := i.held(ctx, user, scope)
	if err == nil && len(now) == 0 && len(scope) > 0 {
		err = oauth.AccessDenied.Errorf("the person holds none of the scope")
	}
	return now, err
}

// narrowed is agreeable at the token endpoint, where less may be held by now than was
// agreed to.
func (i *Issuer) narrowed(ctx context.Context, user identity.User, scope oauth.Scope) (oauth.Scope, error) {
	now, err := i.held(ctx, user, scope)
	if err == nil && len(now) == 0 && len(scope) > 0 {
		err = oauth.InvalidScope.Errorf("the person holds none of the scope any more")
	}
	return now, err
}
