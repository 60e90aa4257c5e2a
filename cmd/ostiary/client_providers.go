package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// warnOfProviders says which other providers a client's metadata name that there are none
// of. They may be added later, so it is no mistake; but people sign in by none of them.
func (a *app) warnOfProviders(ctx context.Context, b *backend, m oauth.ClientMetadata) error {
	providers := upstream.NewProviders(b.users, b.sealer)
	var named []string
	for _, id := range slices.Concat(m.IdentityProviders, m.ProviderTokens) {
		if id == oauth.LocalProvider || slices.Contains(named, id) {
			continue
		}
		named = append(named, id)
		_, err := providers.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			fmt.Fprintf(a.err, "warning: there is no provider %s, so nobody signs in by it; ostiary provider add makes one\n", printable(id))
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
