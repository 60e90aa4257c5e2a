package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// clientDeleteCommand deletes a client, with all tokens that it was given.
func (a *app) clientDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "delete CLIENT_ID", Short: "Delete a client for good, with its API keys, and end the tokens that it was given", Args: cobra.ExactArgs(1),
		RunE: a.withBackend(func(ctx context.Context, b *backend, clients *identity.Clients, args []string) error {
			cfg, err := config.FromEnv()
			if err != nil {
				return err
			}
			users := b.people()
			issuer := b.issuer(cfg, users, clients, identity.NewSessions(b.state, users, identity.SessionLimits{}))
			// First, so that none is left when something fails on the way to the second.
			if _, err := b.apiKeys().DeleteOf(ctx, args[0]); err != nil {
				return err
			}
			if err := issuer.DeleteClient(ctx, args[0]); err != nil {
				return err
			}
			return a.print(map[string]string{"client_id": args[0], "done": "deleted"}, func(w io.Writer) {
				fmt.Fprintf(w, "%s deleted\n", args[0])
			})
		}),
	}
}
