package main

import (
	"context"
	"errors"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// gateTables find API keys where --data or --aws says, for explaining what the gate
// decides. They are opened when a key is shown, and no proof is used up.
func (a *app) gateTables() authorizer.Tables {
	return authorizer.Tables{
		APIKey: func(ctx context.Context, key string) (t oauth.AccessToken, err error) {
			b, err := a.open(ctx)
			if err != nil {
				return t, err
			}
			defer func() { err = errors.Join(err, b.close()) }()
			return identity.NewAPIKeys(b.users, b.state).Check(ctx, key)
		},
		Once: func(context.Context, string, time.Time) error { return nil },
	}
}
