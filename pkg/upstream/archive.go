package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Carrier takes the providers along in an archive, with their secrets in clear: what is
// sealed here could be opened nowhere else. Who signs in by them lies with the people.
func (p *Providers) Carrier() identity.Carrier {
	return identity.Carrier{Kind: "provider", All: p.export, Restore: p.restore}
}

func (p *Providers) export(ctx context.Context, yield func(identity.ArchiveLine) error) error {
	all, err := p.List(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		secret, err := p.secret(ctx, one)
		if err != nil {
			return fmt.Errorf("open the secret of provider %s: %w", one.ID, err)
		}
		line := identity.ArchiveLine{Kind: "provider", ID: one.ID}
		if secret != "" {
			line.Clear = []string{string(secret)}
		}
		one.Sealed, one.TokenKey = nil, nil // people's tokens stay here: a refresh token is of one party alone
		if line.Record, err = json.Marshal(one); err != nil {
			return fmt.Errorf("encode provider: %w", err)
		}
		if err := yield(line); err != nil {
			return err
		}
	}
	return nil
}

// restore holds a provider to what Add holds it to.
func (p *Providers) restore(ctx context.Context, a *identity.Archive, line identity.ArchiveLine) error {
	made, err := identity.DecodeLine[Provider](line)
	if err != nil {
		return err
	}
	var secret oauth.Secret
	if len(line.Clear) > 0 {
		secret = oauth.Secret(line.Clear[0])
	}
	if err := errors.Join(checkID(made.ID), made.check(), made.checkSecret(secret)); err != nil {
		return err
	}
	if made.ID != line.ID || made.Sealed != nil || made.TokenKey != nil {
		return errors.New("the ID is not that of the provider, or its secret is sealed")
	}
	if p.stands(ctx, made, secret) {
		return nil
	}
	if made.Sealed, err = p.seal(ctx, made.ID, secret); err != nil {
		return err
	}
	if made.TokenKey, err = p.keyed(ctx, made, made.Settings); err != nil {
		return err
	}
	key := providerKey(made.ID)
	return a.Put(ctx, key, made, store.Put(key, made).IfAbsent())
}

// stands reports whether the same provider is there already.
func (p *Providers) stands(ctx context.Context, made Provider, secret oauth.Secret) bool {
	standing, err := p.Get(ctx, made.ID)
	if err != nil {
		return false
	}
	before, err := p.secret(ctx, standing)
	standing.Sealed, standing.TokenKey = nil, nil
	was, encoding := json.Marshal(standing)
	is, encoding2 := json.Marshal(made)
	return errors.Join(err, encoding, encoding2) == nil && before == secret && bytes.Equal(was, is)
}
