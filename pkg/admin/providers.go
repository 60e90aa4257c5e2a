package admin

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// Providers lists the identity providers by which people may sign in, in the order of
// their buttons.
func (d *Desk) Providers(ctx context.Context, by Caller) ([]upstream.Provider, error) {
	if err := by.May(ProvidersRead); err != nil {
		return nil, err
	}
	return d.upstream.Providers.List(ctx)
}

// Provider returns a provider, and the version of its record.
func (d *Desk) Provider(ctx context.Context, by Caller, id string) (upstream.Provider, string, error) {
	if err := by.May(ProvidersRead); err != nil {
		return upstream.Provider{}, "", err
	}
	return d.upstream.Providers.GetAt(ctx, id)
}

// ChangedProvider returns a provider for who may change it, and the version of its record.
func (d *Desk) ChangedProvider(ctx context.Context, by Caller, id string) (upstream.Provider, string, error) {
	if err := d.mayTrust(by); err != nil {
		return upstream.Provider{}, "", err
	}
	return d.upstream.Providers.GetAt(ctx, id)
}

// mayTrust says whether the caller may say whom to believe. A provider that is led to
// other keys vouches for anybody who ever signed in by it, administrators among them, so
// it is for who may do everything.
func (d *Desk) mayTrust(by Caller) error {
	if err := by.May(ProvidersWrite); err != nil {
		return err
	}
	return by.mayTouch(oauth.AdminScopes())
}

// trusting begins an act on a provider.
func (d *Desk) trusting(ctx context.Context, by Caller, act, id string) (context.Context, error) {
	if err := d.mayTrust(by); err != nil {
		return ctx, err
	}
	return d.begin(ctx, by, act, audit.Event{Object: id})
}

// AddProvider lets people sign in by another provider.
func (d *Desk) AddProvider(ctx context.Context, by Caller, id string, s upstream.Settings, secret oauth.Secret) (upstream.Provider, error) {
	ctx, err := d.trusting(ctx, by, "add provider", id)
	if err != nil {
		return upstream.Provider{}, err
	}
	return d.upstream.Providers.Add(ctx, id, s, secret)
}

// ChangeProvider changes the settings of a provider whose record is at this version, and
// its secret where one is given.
func (d *Desk) ChangeProvider(ctx context.Context, by Caller, id, version string, secret oauth.Secret, change func(*upstream.Settings) error) error {
	ctx, err := d.trusting(ctx, by, "change provider", id)
	if err != nil {
		return err
	}
	_, err = d.upstream.Providers.UpdateAt(ctx, id, version, secret, change)
	return err
}

// DeleteProvider deletes a provider whose record is at this version.
func (d *Desk) DeleteProvider(ctx context.Context, by Caller, id, version string) error {
	ctx, err := d.trusting(ctx, by, "delete provider", id)
	if err != nil {
		return err
	}
	return d.upstream.Providers.DeleteAt(ctx, id, version)
}
