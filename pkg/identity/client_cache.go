package identity

import (
	"slices"
	"sync"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// maxDecoded bounds how many clients are kept decoded, some 2 kB each.
const maxDecoded = 1024

// decodedClients saves the decoding of clients, which costs more than reading them.
// It never answers by itself: every use has read the record, strongly consistent,
// and a record's version changes with every write.
type decodedClients struct {
	mu    sync.Mutex
	known map[string]decodedClient // by ID
}

type decodedClient struct {
	version string
	client  oauth.Client
}

// decode returns the client of a record. What it returns is shared: who wants to
// change it loads it for themselves.
func (d *decodedClients) decode(id string, r store.Record) (oauth.Client, error) {
	d.mu.Lock()
	kept, ok := d.known[id]
	d.mu.Unlock()
	if ok && kept.version == r.Version {
		return kept.client, nil
	}
	client, err := store.Decode[oauth.Client](r)
	if err != nil {
		return oauth.Client{}, err
	}
	clip(&client)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil || len(d.known) >= maxDecoded {
		d.known = map[string]decodedClient{}
	}
	d.known[id] = decodedClient{r.Version, client}
	return client, nil
}

// clip keeps an append to one of the client's lists from writing into the kept one.
func clip(c *oauth.Client) {
	c.Scope = slices.Clip(c.Scope)
	c.GrantTypes = slices.Clip(c.GrantTypes)
	c.Audience = slices.Clip(c.Audience)
	c.Resource = slices.Clip(c.Resource)
	c.RedirectURIs = slices.Clip(c.RedirectURIs)
	c.DefaultACRValues = slices.Clip(c.DefaultACRValues)
	c.Secrets = slices.Clip(c.Secrets)
}
