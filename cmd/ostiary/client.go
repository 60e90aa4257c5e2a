package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// clientCommand looks after clients, resource servers among them.
func (a *app) clientCommand() *cobra.Command {
	command := &cobra.Command{Use: "client", Short: "Look after clients and resource servers"}
	command.AddCommand(
		a.clientAddCommand(),
		a.clientListCommand(),
		a.clientRotateSecretCommand(),
		a.clientWithdrawSecretCommand(),
		a.clientShowCommand(),
		a.clientUpdateCommand(),
		a.clientRegistrationTokenCommand(),
		a.clientDeleteCommand(),
	)
	return command
}

func (a *app) clientListCommand() *cobra.Command {
	var f window
	return f.register(&cobra.Command{
		Use: "list [PREFIX]", Short: "List clients in the order of their IDs", Args: cobra.MaximumNArgs(1),
		RunE: a.withClients(func(ctx context.Context, clients *identity.Clients, args []string) error {
			found, err := listed(ctx, clients.List, prefix(args), f)
			if err != nil {
				return err
			}
			shown := []admin.Client{}
			for _, client := range found {
				shown = append(shown, admin.Show(client))
			}
			return a.print(shown, func(w io.Writer) {
				columns(w, "CLIENT_ID NAME AUTH_METHOD GRANT_TYPES SCOPE", found, func(client oauth.Client) []any {
					return []any{client.ID, client.ClientName, client.TokenEndpointAuthMethod, grants(client.GrantTypes), client.Scope}
				})
			})
		}),
	}, "client_id")
}

func (a *app) clientRotateSecretCommand() *cobra.Command {
	var overlap time.Duration
	command := &cobra.Command{
		Use:   "rotate-secret CLIENT_ID",
		Short: "Make a new secret; the one before stays good for a while",
		Args:  cobra.ExactArgs(1),
		RunE: a.withClients(func(ctx context.Context, clients *identity.Clients, args []string) error {
			client, secret, err := clients.RotateSecret(ctx, args[0], overlap)
			if err != nil {
				return err
			}
			return a.printNewSecret(client, secret)
		}),
	}
	command.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "how long the secret before stays good, 0 to 2160h")
	return command
}

func (a *app) clientWithdrawSecretCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "withdraw-secret CLIENT_ID current|former",
		Short: "End one of a client's two secrets; the other one stays, and ends no more",
		Args:  cobra.ExactArgs(2),
		RunE: a.withClients(func(ctx context.Context, clients *identity.Clients, args []string) error {
			client, err := clients.WithdrawSecretAt(ctx, args[0], "", args[1])
			if err != nil {
				return err
			}
			return a.print(admin.Show(client), func(w io.Writer) { fmt.Fprintf(w, "the %s secret of %s is withdrawn\n", args[1], client.ID) })
		}),
	}
}

// withClients runs a command on the clients of what --data or --aws names.
func (a *app) withClients(run func(context.Context, *identity.Clients, []string) error) func(*cobra.Command, []string) error {
	return a.withBackend(func(ctx context.Context, _ *backend, clients *identity.Clients, args []string) error {
		return run(ctx, clients, args)
	})
}

func (a *app) withBackend(run func(context.Context, *backend, *identity.Clients, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		b, err := a.open(command.Context())
		if err != nil {
			return err
		}
		clients := b.clients()
		clients.FetchBy(fetchDocument)
		err = run(command.Context(), b, clients, args)
		if errors.Is(err, store.ErrNotFound) && len(args) > 0 {
			err = fmt.Errorf("there is no client %s", args[0])
		}
		return errors.Join(explained(err), b.close())
	}
}

// fetchDocument gets what a client's metadata point to. Who registers clients here
// may call their own machine.
func fetchDocument(ctx context.Context, uri string) ([]byte, error) {
	response, err := fetch.New(fetch.Options{AllowLoopback: true}).Get(ctx, uri, "")
	return response.Body, err
}

func grants(types []oauth.GrantType) string {
	var names []string
	for _, grant := range types {
		names = append(names, string(grant))
	}
	return strings.Join(names, ",")
}
