package identity

import (
	"cmp"
	"context"
	"crypto/rand"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Registration is a client to be added. Its JSON form is RFC 7591 §2's, with the
// members of §3.2.1 that say who the client is.
type Registration struct {
	ID     string       `json:"client_id,omitempty"`     // made when empty
	Secret oauth.Secret `json:"client_secret,omitempty"` // made when empty, unless the client is public
	oauth.ClientMetadata
}

// Add registers a client, with defaults filled in, and returns its secret, which
// cannot be had again; "" for a public client. A mistake in the metadata is
// invalid_client_metadata or invalid_redirect_uri (RFC 7591 §3.2.2); it wraps
// ErrTaken when the ID or a resource identifier is somebody else's.
func (c *Clients) Add(ctx context.Context, r Registration) (oauth.Client, oauth.Secret, error) {
	client, secret, changes, err := c.prepare(ctx, oauth.Client{ID: r.ID, ClientMetadata: r.ClientMetadata}, r.Secret)
	if err != nil {
		return oauth.Client{}, "", err
	}
	if err := c.table.Write(ctx, changes...); err != nil {
		return oauth.Client{}, "", wrap("add client", taken(err))
	}
	c.trail.Record(ctx, audit.Event{Kind: audit.ClientRegistered, Client: client.ID})
	return client, secret, nil
}

// prepare completes a new client, holds it to the rules, and returns it with its secret
// and the changes by which it is added.
func (c *Clients) prepare(ctx context.Context, client oauth.Client, given oauth.Secret) (oauth.Client, oauth.Secret, []store.Change, error) {
	fail := func(err error) (oauth.Client, oauth.Secret, []store.Change, error) {
		return oauth.Client{}, "", nil, err
	}
	client.IssuedAt, client.ClientMetadata = c.now().UTC(), withDefaults(client.ClientMetadata)
	if client.ID == "" {
		client.ID = rand.Text()
	}
	if err := cmp.Or(checkIdentifier("client_id", client.ID), checkReachable("client_id", client.ID)); err != nil {
		return fail(oauth.InvalidClientMetadata.Errorf("%s", oauth.AsError(err).Description))
	}
	if IsOwnClient(client.ID) {
		return fail(errOwnClient())
	}
	if err := checkMetadata(client.ClientMetadata); err != nil {
		return fail(err)
	}
	if err := checkAnswerable(oauth.ClientMetadata{}, client.ClientMetadata); err != nil {
		return fail(err)
	}
	if err := c.preparePairwise(ctx, oauth.ClientMetadata{}, client.ClientMetadata); err != nil {
		return fail(err)
	}
	secret, err := firstSecret(client, given)
	if err != nil {
		return fail(err)
	}
	if secret != "" {
		kept, err := c.keep(ctx, client, secret)
		if err != nil {
			return fail(err)
		}
		client.Secrets = []oauth.ClientSecret{kept}
	}
	return client, secret, append([]store.Change{
		store.Put(clientKey(client.ID), client).IfAbsent(),
		store.Check(userKey(client.ID)).IfAbsent(), // as in Users.Add
	}, indexChanges(client.ID, index{}, indexOf(client))...), nil
}
