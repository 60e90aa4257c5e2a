package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Sealer keeps what must be read again, encrypted. A value opens only for the
// purpose it was sealed for.
type Sealer interface {
	Seal(ctx context.Context, plaintext []byte, purpose string) ([]byte, error)
	Open(ctx context.Context, sealed []byte, purpose string) ([]byte, error)
}

// Clients are the registered clients, resource servers among them.
type Clients struct {
	table  store.Table
	sealer Sealer
	fetch  func(ctx context.Context, uri string) ([]byte, error) // nil: nothing is fetched
	salt   atomic.Pointer[[]byte]                                // sealed; of pairwise subjects
	trail  *audit.Trail
	now    func() time.Time

	decoded *decoded[oauth.Client]
	keySets *keySets
}

// NewClients keeps clients in the users table, and seals the secrets that an HMAC
// algorithm needs in clear.
func NewClients(users store.Table, sealer Sealer) *Clients {
	return &Clients{table: users, sealer: sealer, now: time.Now, decoded: &decoded[oauth.Client]{}, keySets: newKeySets(nil, time.Now)}
}

// FetchBy has the documents that clients' metadata name fetched. fetch must refuse
// addresses that are not public, for a stranger may have chosen the URI, and it must end
// by itself. It is called before anybody is served; without it nothing is fetched.
func (c *Clients) FetchBy(fetch func(ctx context.Context, uri string) ([]byte, error)) {
	c.fetch, c.keySets.fetch = fetch, fetch
}

// clientKey lies in a shard, so that clients are listed without an index beside them.
func clientKey(id string) store.Key { return shards{kind: "client"}.key(id) }

// Get returns the client with this ID. For an unknown one the error is
// invalid_client and wraps store.ErrNotFound.
// The caller must not change what the client's lists hold.
func (c *Clients) Get(ctx context.Context, id string) (oauth.Client, error) {
	if IsOwnClient(id) {
		return oauth.Client{}, errNoClient()
	}
	record, err := c.record(ctx, id)
	if err != nil {
		return oauth.Client{}, err
	}
	return c.decoded.decode(id, record)
}

// load is Get for whoever wants to change the client, with the record's version.
func (c *Clients) load(ctx context.Context, id string) (oauth.Client, string, error) {
	record, err := c.record(ctx, id)
	if err != nil {
		return oauth.Client{}, "", err
	}
	client, err := store.Decode[oauth.Client](record)
	return client, record.Version, err
}

func (c *Clients) record(ctx context.Context, id string) (store.Record, error) {
	if checkIdentifier("client_id", id) != nil {
		return store.Record{}, errNoClient()
	}
	record, err := c.table.Get(ctx, clientKey(id))
	if isNotFound(err) {
		return store.Record{}, oauth.InvalidClient.Errorf("unknown client: %w", err)
	}
	if err != nil {
		return store.Record{}, fmt.Errorf("load client: %w", err)
	}
	return record, nil
}

// Resource returns the client that is registered with this resource identifier,
// or store.ErrNotFound.
func (c *Clients) Resource(ctx context.Context, identifier string) (oauth.Client, error) {
	if len(identifier) == 0 || len(identifier) > maxResourceBytes {
		return oauth.Client{}, store.ErrNotFound
	}
	owner, _, err := store.Load[nameRecord](ctx, c.table, resourceKey(identifier))
	if err != nil {
		return oauth.Client{}, fmt.Errorf("load resource: %w", err)
	}
	client, _, err := store.Load[oauth.Client](ctx, c.table, clientKey(owner.ID))
	return client, wrap("load client", err)
}

// List returns clients in the order of their IDs, those that begin with prefix.
// page is as in Users.List.
func (c *Clients) List(ctx context.Context, prefix string, page store.Page) ([]oauth.Client, store.Page, error) {
	records, next, err := shards{c.table, "client"}.list(ctx, prefix, page)
	if err != nil {
		return nil, store.Page{}, fmt.Errorf("list clients: %w", err)
	}
	clients := make([]oauth.Client, len(records))
	for i, record := range records {
		if clients[i], err = store.Decode[oauth.Client](record); err != nil {
			return nil, store.Page{}, err
		}
	}
	return clients, next, nil
}

// Update changes a client's metadata. change may be called several times, each
// time with the metadata as it stands. Whether a client has a secret cannot
// change, nor can one that was only hashed serve an HMAC algorithm. It is the
// operator's word, which binds a client that looks after itself.
func (c *Clients) Update(ctx context.Context, id string, change func(*oauth.ClientMetadata) error) (oauth.Client, error) {
	return c.UpdateAt(ctx, id, "", change)
}

// UpdateAt is Update of the record at a version, or at any where that is empty: the
// error is ErrVersion when the record is at another one.
func (c *Clients) UpdateAt(ctx context.Context, id, version string, change func(*oauth.ClientMetadata) error) (oauth.Client, error) {
	return c.change(ctx, id, version, func(client *oauth.Client) error {
		before := client.ClientMetadata
		// Which change may write into.
		before.RedirectURIs, before.Scope, before.GrantTypes = slices.Clone(before.RedirectURIs), slices.Clone(before.Scope), slices.Clone(before.GrantTypes)
		if err := change(&client.ClientMetadata); err != nil {
			return err
		}
		if err := c.amend(ctx, client, before); err != nil || client.Dynamic == nil {
			return err
		}
		client.Dynamic.Terms = amendTerms(client.Dynamic.Terms, before, client.ClientMetadata)
		return nil
	})
}

// Replace puts metadata in the place of those that a client has: what is left out is
// gone, or its default (RFC 7592 §2.2). Its secrets stay. Otherwise it is as Update.
func (c *Clients) Replace(ctx context.Context, id string, m oauth.ClientMetadata) (oauth.Client, error) {
	return c.Update(ctx, id, func(now *oauth.ClientMetadata) error { *now = m; return nil })
}

// amend completes a client whose metadata were changed, and holds it to the rules.
func (c *Clients) amend(ctx context.Context, client *oauth.Client, before oauth.ClientMetadata) error {
	client.ClientMetadata = withDefaults(client.ClientMetadata)
	if (client.TokenEndpointAuthMethod == oauth.NoAuth) != (before.TokenEndpointAuthMethod == oauth.NoAuth) {
		return oauth.InvalidClientMetadata.Errorf("a client with and one without credentials cannot become each other; register another")
	}
	if err := amendSecrets(client); err != nil {
		return err
	}
	if err := checkMetadata(client.ClientMetadata); err != nil {
		return err
	}
	if err := checkAnswerable(before, client.ClientMetadata); err != nil {
		return err
	}
	return c.preparePairwise(ctx, before, client.ClientMetadata)
}

// Delete removes the client and all by which it is found.
func (c *Clients) Delete(ctx context.Context, id string) error { return c.DeleteAt(ctx, id, "") }

// DeleteAt is Delete of the record at a version, or at any where that is empty.
func (c *Clients) DeleteAt(ctx context.Context, id, at string) error {
	for {
		client, version, err := c.load(ctx, id)
		if err != nil {
			return err
		}
		if err := sameVersion(at, version); err != nil {
			return err
		}
		changes := append([]store.Change{store.Delete(clientKey(id)).IfVersion(version)},
			indexChanges(id, indexOf(client), index{})...)
		err = c.table.Write(ctx, changes...)
		if !outrun(err, clientKey(id)) {
			if err == nil {
				c.trail.Record(ctx, audit.Event{Kind: audit.ClientDeleted, Client: id})
			}
			return wrap("delete client", err)
		}
	}
}

// rewrite changes a client's record and its index by one write, and again when
// somebody else came first.
func (c *Clients) rewrite(ctx context.Context, id string, change func(*oauth.Client) error) (oauth.Client, error) {
	return c.rewriteAt(ctx, id, "", change)
}

// rewriteAt is rewrite of the record at this version alone, where one is given.
func (c *Clients) rewriteAt(ctx context.Context, id, at string, change func(*oauth.Client) error) (oauth.Client, error) {
	if IsOwnClient(id) {
		return oauth.Client{}, errNoClient()
	}
	for {
		client, version, err := c.load(ctx, id)
		if err != nil {
			return oauth.Client{}, err
		}
		if err := sameVersion(at, version); err != nil {
			return oauth.Client{}, err
		}
		before := indexOf(client)
		if err := change(&client); err != nil {
			return oauth.Client{}, err
		}
		changes := append([]store.Change{store.Put(clientKey(id), client).IfVersion(version)},
			indexChanges(id, before, indexOf(client))...)
		err = c.table.Write(ctx, changes...)
		if !outrun(err, clientKey(id)) {
			return client, wrap("change client", taken(err))
		}
	}
}

// taken turns a conflict over a unique name of a client into what the caller did wrong.
func taken(err error) error {
	var conflict *store.Conflict
	if !errors.As(err, &conflict) || !conflict.Found() {
		return err
	}
	if conflict.Key.Sort == resourceKey("").Sort {
		return oauth.InvalidClientMetadata.Errorf("a resource identifier belongs to another client: %w", ErrTaken)
	}
	return oauth.InvalidClientMetadata.Errorf("the client_id is taken: %w", ErrTaken)
}
