package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Registered is a client that has just registered itself, with what is shown once.
type Registered struct {
	oauth.Client
	Secret      oauth.Secret // "" when it has none
	AccessToken oauth.Secret // registration_access_token: RFC 7592 §3
}

// Register adds a client that registers itself (RFC 7591 §3.1), and spends one use of
// the permit's token. Errors are as in Add, or invalid_token when the last use went to
// another meanwhile.
func (c *Clients) Register(ctx context.Context, permit Permit, m oauth.ClientMetadata) (Registered, error) {
	if permit.terms == nil {
		return Registered{}, errNoPermit
	}
	m, err := withinTerms(m, *permit.terms)
	if err != nil {
		return Registered{}, err
	}
	access := newSecret()
	client := oauth.Client{
		ID: rand.Text(), ClientMetadata: m,
		Dynamic: &oauth.DynamicRegistration{AccessToken: access.Hash(), Terms: *permit.terms},
	}
	client, secret, changes, err := c.prepare(ctx, client, "")
	if err != nil {
		return Registered{}, err
	}
	for {
		err := c.table.Write(ctx, append(permit.spent(), changes...)...)
		if err == nil {
			c.trail.Record(ctx, audit.Event{
				Kind: audit.ClientRegistered, Client: client.ID, Actor: audit.Client(client.ID), Method: "registration", Object: permit.spend.ID,
			})
			return Registered{client, secret, access}, nil
		}
		if permit.token == "" || !outrun(err, registrationKey(permit.spend.ID)) {
			return Registered{}, wrap("register client", taken(err))
		}
		if permit, err = c.Permit(ctx, permit.token, permit.terms.Scope); err != nil {
			return Registered{}, err
		}
	}
}

// OpenRegistration returns the client whose registration_access_token this is (RFC
// 7592 §2). It returns invalid_token, whether there is no such client, it did not
// register itself, or the token is wrong.
func (c *Clients) OpenRegistration(ctx context.Context, id string, token oauth.Secret) (oauth.Client, error) {
	refused := oauth.InvalidToken.Errorf("the registration access token is wrong, or its client is gone")
	client, err := c.Get(ctx, id)
	if oauth.InvalidClient.In(err) {
		return oauth.Client{}, refused
	}
	if err != nil {
		return oauth.Client{}, err
	}
	if client.Dynamic == nil || subtle.ConstantTimeCompare(client.Dynamic.AccessToken, token.Hash()) != 1 {
		return oauth.Client{}, refused
	}
	return client, nil
}

// ReplaceOwn is Replace by the client itself, as OpenRegistration returned it. It stays
// within its terms as they are when it is written.
func (c *Clients) ReplaceOwn(ctx context.Context, client oauth.Client, m oauth.ClientMetadata) (oauth.Client, error) {
	if client.Dynamic == nil {
		return oauth.Client{}, errNoPermit
	}
	ctx = audit.WithActor(ctx, audit.Client(client.ID))
	return c.change(ctx, client.ID, "", func(now *oauth.Client) error {
		if now.Dynamic == nil || subtle.ConstantTimeCompare(now.Dynamic.AccessToken, client.Dynamic.AccessToken) != 1 {
			return errNoPermit // it is another of the same ID
		}
		within, err := withinTerms(m, now.Dynamic.Terms)
		if err != nil {
			return err
		}
		before := now.ClientMetadata
		// What an operator gave for the client as it was goes; how its tokens are made stays.
		within.AccessTokenLifetime, within.AccessTokenSignedResponseAlg = before.AccessTokenLifetime, before.AccessTokenSignedResponseAlg
		within.ClaimsMapping = before.ClaimsMapping
		within.RequiredACRValues = before.RequiredACRValues // nor does it shed what was demanded of its people
		within.IdentityProviders = before.IdentityProviders
		now.ClientMetadata = within
		return c.amend(ctx, now, before)
	})
}
