package issue

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// password signs a person in by user name and password (RFC 6749 §4.3). RFC 9700
// §2.4 deprecates it: it works only for clients registered for it.
type password struct{ *Issuer }

// Approve signs the person in and opens a grant.
func (g password) Approve(ctx context.Context, r Request) (Approval, error) {
	if !r.Client.AdmitsBy(oauth.LocalProvider) {
		return Approval{}, oauth.UnauthorizedClient.Errorf("people sign in by another provider to use this client")
	}
	username, err := r.Params.Require("username")
	if err != nil {
		return Approval{}, err
	}
	secret, err := r.Params.Require("password")
	if err != nil {
		return Approval{}, err
	}
	scope, err := grantScope(r)
	if err != nil {
		return Approval{}, err
	}
	audience, err := g.audience(r, scope)
	if err != nil {
		return Approval{}, err
	}
	user, err := g.users.SignIn(ctx, username, oauth.Secret(secret), r.Address)
	if err != nil {
		return Approval{}, err
	}
	enough, err := g.Suffices(ctx, AuthorizationRequest{}, r.Client, user, oauth.ACRPassword)
	if err != nil {
		return Approval{}, err
	}
	if !enough { // or the second factor would protect nobody
		return Approval{}, oauth.InvalidGrant.Errorf("the person needs a second factor, which the authorization endpoint asks for")
	}
	if scope, err = g.narrowed(ctx, user, scope); err != nil {
		return Approval{}, err
	}
	approval, err := g.openGrant(ctx, Approval{
		Client: r.Client, User: user, Scope: scope, Audience: audience, AuthTime: g.now(),
		ACR: oauth.ACRPassword, AMR: []string{oauth.AMRPassword},
	})
	if err == nil {
		g.trail.Record(ctx, audit.Event{
			Kind: audit.SignInSucceeded, Subject: user.ID, Client: r.Client.ID, Grant: approval.GrantID,
			Actor: audit.Person(user.ID), Method: oauth.AMRPassword, Address: r.Address,
		})
	}
	return approval, err
}
