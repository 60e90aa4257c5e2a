package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
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
			users := identity.NewUsers(b.users, b.state, identity.Lockout{}) // nobody signs in here
			sessions := identity.NewSessions(b.state, users, identity.SessionLimits{})
			issuer := issue.New(cfg, b.users, b.state, users, clients, sessions, b.sealer, b.ring)
			// First, so that none is left when something fails on the way to the second.
			if _, err := identity.NewAPIKeys(b.users, b.state).DeleteOf(ctx, args[0]); err != nil {
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
