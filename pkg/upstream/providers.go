package upstream

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Providers are those that people may sign in by. They are few, and lie in one
// partition of the user table.
type Providers struct {
	table  store.Table
	sealer *keys.Sealer
	trail  *audit.Trail // nil where nothing is recorded
	now    func() time.Time
}

// RecordIn has what is done with providers recorded in the trail. It is called before
// anybody is served.
func (p *Providers) RecordIn(trail *audit.Trail) { p.trail = trail }

// NewProviders keeps providers in the users table.
func NewProviders(users store.Table, sealer *keys.Sealer) *Providers {
	return &Providers{table: users, sealer: sealer, now: time.Now}
}

// ErrTaken means that there is a provider of this ID already.
var ErrTaken = errors.New("upstream: taken")

func providerKey(id string) store.Key {
	return store.Key{Partition: "provider", Sort: "provider#" + id}
}

// secretPurpose binds a sealed secret to where it lies.
func secretPurpose(id string) string { return "secret of provider " + id }

// Add adds a provider, with its secret where it needs one.
func (p *Providers) Add(ctx context.Context, id string, s Settings, secret oauth.Secret) (Provider, error) {
	if err := errors.Join(checkID(id), s.check(), s.checkSecret(secret)); err != nil {
		return Provider{}, err
	}
	made := Provider{ID: id, Settings: s, Created: p.now().UTC()}
	var err error
	if made.Sealed, err = p.seal(ctx, id, secret); err != nil {
		return Provider{}, err
	}
	if made.TokenKey, err = p.keyed(ctx, made, s); err != nil {
		return Provider{}, err
	}
	err = p.table.Write(ctx, store.Put(providerKey(id), made).IfAbsent())
	if errors.As(err, new(*store.Conflict)) {
		return Provider{}, oauth.InvalidRequest.Errorf("there is a provider %s already: %w", id, ErrTaken)
	}
	if err == nil {
		p.trail.Record(ctx, audit.Event{Kind: audit.ProviderAdded, Object: id})
	}
	return made, err
}

// Get returns a provider, or store.ErrNotFound.
func (p *Providers) Get(ctx context.Context, id string) (Provider, error) {
	found, _, err := p.GetAt(ctx, id)
	return found, err
}

// GetAt is Get, with the version that the record is at.
func (p *Providers) GetAt(ctx context.Context, id string) (Provider, string, error) {
	if checkID(id) != nil {
		return Provider{}, "", store.ErrNotFound
	}
	found, version, err := store.Load[Provider](ctx, p.table, providerKey(id))
	if err != nil {
		return Provider{}, "", fmt.Errorf("load provider: %w", err)
	}
	return found, version, nil
}

// List returns all providers, in the order of their buttons.
func (p *Providers) List(ctx context.Context) ([]Provider, error) {
	key := providerKey("")
	records, err := store.All(ctx, p.table, key.Partition, key.Sort)
	if err != nil {
		return nil, fmt.Errorf("list providers: %w", err)
	}
	all := make([]Provider, 0, len(records))
	for _, record := range records {
		one, err := store.Decode[Provider](record)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b Provider) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// Update replaces a provider's settings, and its secret where one is given. Where it
// moves to another issuer the secret must be given, too: the one before would be shown
// to somebody else.
func (p *Providers) Update(ctx context.Context, id string, secret oauth.Secret, change func(*Settings) error) (Provider, error) {
	return p.UpdateAt(ctx, id, "", secret, change)
}

// UpdateAt is Update of the record at a version, or at any where that is empty: the error
// is identity.ErrVersion when the record is at another one.
func (p *Providers) UpdateAt(ctx context.Context, id, at string, secret oauth.Secret, change func(*Settings) error) (Provider, error) {
	for {
		kept, version, err := p.GetAt(ctx, id)
		if err != nil {
			return Provider{}, err
		}
		if at != "" && at != version {
			return Provider{}, identity.ErrVersion
		}
		before, was := kept.Settings, encoded(kept.Settings)
		if err := change(&kept.Settings); err != nil {
			return Provider{}, err
		}
		if kept.Sealed, err = p.resealed(ctx, kept, before, secret); err != nil {
			return Provider{}, err
		}
		if kept.TokenKey, err = p.keyed(ctx, kept, before); err != nil {
			return Provider{}, err
		}
		err = p.table.Write(ctx, store.Put(providerKey(id), kept).IfVersion(version))
		if errors.As(err, new(*store.Conflict)) {
			continue // somebody else came first
		}
		if err == nil {
			changed := audit.Changed(was, kept.Settings)
			if secret != "" {
				changed = append(changed, "secret")
			}
			p.trail.Record(ctx, audit.Event{Kind: audit.ProviderChanged, Object: id, Changed: changed})
		}
		return kept, err
	}
}

func (p *Providers) resealed(ctx context.Context, kept Provider, before Settings, secret oauth.Secret) ([]byte, error) {
	if err := kept.check(); err != nil {
		return nil, err
	}
	if secret != "" {
		if err := kept.checkSecret(secret); err != nil {
			return nil, err
		}
		return p.seal(ctx, kept.ID, secret)
	}
	if kept.NeedsSecret() && (kept.moved(before) || kept.Sealed == nil || kept.ownKey() != before.ownKey()) {
		return nil, oauth.InvalidRequest.Errorf("these settings need the secret once more")
	}
	if !kept.NeedsSecret() {
		return nil, nil
	}
	stands, err := p.secret(ctx, kept)
	if err != nil {
		return nil, err
	}
	return kept.Sealed, kept.checkSecret(stands)
}

// Delete removes a provider. Who signed in by it is linked to its issuer still, and
// finds their account again where the provider is added once more.
func (p *Providers) Delete(ctx context.Context, id string) error { return p.DeleteAt(ctx, id, "") }

// DeleteAt is Delete of the record at a version, or at any where that is empty.
func (p *Providers) DeleteAt(ctx context.Context, id, at string) error {
	_, version, err := p.GetAt(ctx, id)
	if err != nil {
		return err
	}
	change := store.Delete(providerKey(id))
	if at != "" {
		if at != version {
			return identity.ErrVersion
		}
		change = change.IfVersion(at)
	}
	err = p.table.Write(ctx, change)
	if errors.As(err, new(*store.Conflict)) {
		return identity.ErrVersion
	}
	if err == nil {
		p.trail.Record(ctx, audit.Event{Kind: audit.ProviderDeleted, Object: id})
	}
	return err
}

// encoded is settings as they are, which a change may write through.
func encoded(s Settings) json.RawMessage {
	text, _ := json.Marshal(s) // made of text, numbers and lists of them
	return text
}

func (p *Providers) seal(ctx context.Context, id string, secret oauth.Secret) ([]byte, error) {
	if secret == "" {
		return nil, nil
	}
	return p.sealer.Seal(ctx, []byte(secret), secretPurpose(id))
}

func (p *Providers) secret(ctx context.Context, of Provider) (oauth.Secret, error) {
	if of.Sealed == nil {
		return "", nil
	}
	clear, err := p.sealer.Open(ctx, of.Sealed, secretPurpose(of.ID))
	return oauth.Secret(clear), err
}
