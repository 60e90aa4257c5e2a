package admin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Client is a client as it is shown: as RFC 7591 §3.2.1 writes it, with when its secrets
// begin and end. A secret itself is not in it.
type Client struct {
	ID       string   `json:"client_id"`
	IssuedAt int64    `json:"client_id_issued_at"`
	Secrets  []Secret `json:"secrets,omitempty"`

	// RegistrationTerms are those of a client that registered itself.
	RegistrationTerms *oauth.RegistrationTerms `json:"registration_terms,omitempty"`
	oauth.ClientMetadata
}

// Secret is when a client's secret begins and ends.
type Secret struct {
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
}

// Show returns a client as it is shown.
func Show(client oauth.Client) Client {
	shown := Client{ID: client.ID, IssuedAt: client.IssuedAt.Unix(), ClientMetadata: client.ClientMetadata}
	if client.Dynamic != nil {
		shown.RegistrationTerms = &client.Dynamic.Terms
	}
	for _, secret := range client.Secrets {
		shown.Secrets = append(shown.Secrets, Secret{secret.Created, secret.Expires})
	}
	return shown
}

// Clients lists clients in the order of their IDs: those whose ID begins with prefix,
// and whose name begins with name, however it is written. A page may hold fewer clients
// than its limit, for names have no index.
func (d *Desk) Clients(ctx context.Context, by Caller, prefix, name string, page store.Page) ([]oauth.Client, store.Page, error) {
	if err := by.May(ClientsRead); err != nil {
		return nil, store.Page{}, err
	}
	found, next, err := d.clients.List(ctx, prefix, page)
	if name != "" {
		name = strings.ToLower(name)
		found = slices.DeleteFunc(found, func(c oauth.Client) bool { return !strings.HasPrefix(strings.ToLower(c.ClientName), name) })
	}
	return found, next, err
}

// Client returns a client, and the version of its record.
func (d *Desk) Client(ctx context.Context, by Caller, id string) (oauth.Client, string, error) {
	if err := by.May(ClientsRead); err != nil {
		return oauth.Client{}, "", err
	}
	return d.clients.GetAt(ctx, id)
}

// AddClient registers a client, and returns its secret, which cannot be had again.
func (d *Desk) AddClient(ctx context.Context, by Caller, r identity.Registration) (oauth.Client, oauth.Secret, error) {
	if err := d.mayMake(by, r.ClientMetadata); err != nil {
		return oauth.Client{}, "", err
	}
	ctx, err := d.begin(ctx, by, "add client", audit.Event{Client: r.ID})
	if err != nil {
		return oauth.Client{}, "", err
	}
	return d.clients.Add(ctx, r)
}

// mayMake says whether the caller may register, or leave, a client with these metadata.
// That the Admin API, or the provider itself, is somebody else's resource is nothing that
// anybody may say: it would introspect administrators' tokens, and how the tokens of all
// clients are signed that ask for no other API would be that client's to say.
func (d *Desk) mayMake(by Caller, m oauth.ClientMetadata) error {
	if err := by.May(ClientsWrite); err != nil {
		return err
	}
	for _, own := range []string{d.cfg.Issuer, d.Audience()} {
		if slices.Contains(m.Resource, own) {
			return oauth.InvalidClientMetadata.Errorf("resource: %s is this provider itself", own)
		}
	}
	return by.mayTouch(m.Scope)
}

// changing begins an act on a client, when the caller may change it as it stands, and
// returns the context in which that is done.
func (d *Desk) changing(ctx context.Context, by Caller, act, id string) (context.Context, error) {
	if err := by.May(ClientsWrite); err != nil {
		return ctx, err
	}
	client, err := d.clients.Get(ctx, id)
	if err != nil {
		return ctx, err
	}
	if err := by.mayTouch(client.Scope); err != nil {
		return ctx, err
	}
	return d.begin(ctx, by, act, audit.Event{Client: id})
}

// ChangeClient changes the metadata of a client whose record is at this version.
func (d *Desk) ChangeClient(ctx context.Context, by Caller, id, version string, change func(*oauth.ClientMetadata) error) (oauth.Client, error) {
	ctx, err := d.changing(ctx, by, "change client", id)
	if err != nil {
		return oauth.Client{}, err
	}
	return d.clients.UpdateAt(ctx, id, version, func(m *oauth.ClientMetadata) error {
		if err := change(m); err != nil {
			return err
		}
		return d.mayMake(by, *m)
	})
}

// RotateSecret gives a client a new secret, beside which the one before is good for the
// overlap.
func (d *Desk) RotateSecret(ctx context.Context, by Caller, id string, overlap time.Duration) (oauth.Client, oauth.Secret, error) {
	ctx, err := d.changing(ctx, by, "rotate secret", id)
	if err != nil {
		return oauth.Client{}, "", err
	}
	return d.clients.RotateSecret(ctx, id, overlap)
}

// WithdrawSecret ends one of a client's two secrets: see identity.Clients.WithdrawSecretAt.
func (d *Desk) WithdrawSecret(ctx context.Context, by Caller, id, version, place string) (oauth.Client, error) {
	ctx, err := d.changing(ctx, by, "withdraw secret", id)
	if err != nil {
		return oauth.Client{}, err
	}
	return d.clients.WithdrawSecretAt(ctx, id, version, place)
}

// DeleteClient deletes a client whose record is at this version, and ends all tokens
// that it was given.
func (d *Desk) DeleteClient(ctx context.Context, by Caller, id, version string) error {
	ctx, err := d.changing(ctx, by, "delete client", id)
	if err != nil {
		return err
	}
	return d.issuer.DeleteClientAt(ctx, id, version)
}

// ChangedClient returns a client for who may change it, and the version of its record.
func (d *Desk) ChangedClient(ctx context.Context, by Caller, id string) (oauth.Client, string, error) {
	if err := by.May(ClientsWrite); err != nil {
		return oauth.Client{}, "", err
	}
	return d.clients.GetAt(ctx, id)
}
