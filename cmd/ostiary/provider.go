package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// providerCommand looks after other identity providers.
func (a *app) providerCommand() *cobra.Command {
	command := &cobra.Command{Use: "provider", Short: "Look after other identity providers, by which people sign in"}
	command.AddCommand(
		a.providerAddCommand(), a.providerListCommand(), a.providerShowCommand(), a.providerUpdateCommand(), a.providerDeleteCommand(),
	)
	return command
}

func (a *app) providerListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the providers in the order of their buttons", Args: cobra.NoArgs,
		RunE: a.withProviders(func(ctx context.Context, providers *upstream.Providers, _ []string) error {
			all, err := providers.List(ctx)
			if err != nil {
				return err
			}
			shown := []shownProvider{}
			for _, each := range all {
				shown = append(shown, a.shownProvider(each))
			}
			return a.print(shown, func(w io.Writer) {
				columns(w, "ID NAME ISSUER STATE DOMAINS", all, func(p upstream.Provider) []any {
					return []any{p.ID, p.Name, p.Issuer, providerState(p), strings.Join(p.Domains, ",")}
				})
			})
		}),
	}
}

func providerState(p upstream.Provider) string {
	switch {
	case p.Disabled:
		return "off"
	case p.Hidden:
		return "hidden"
	default:
		return "on"
	}
}

func (a *app) providerShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show a provider, and what to register there; its secret cannot be shown", Args: cobra.ExactArgs(1),
		RunE: a.withProviders(func(ctx context.Context, providers *upstream.Providers, args []string) error {
			found, err := providers.Get(ctx, args[0])
			if err != nil {
				return err
			}
			shown := a.shownProvider(found)
			return a.print(shown, func(w io.Writer) { indented(w, shown) })
		}),
	}
}

func (a *app) providerDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "delete ID", Short: "Delete a provider; who signed in by it keeps the account", Args: cobra.ExactArgs(1),
		RunE: a.withProviders(func(ctx context.Context, providers *upstream.Providers, args []string) error {
			if err := providers.Delete(ctx, args[0]); err != nil {
				return err
			}
			return a.print(map[string]string{"id": args[0], "done": "deleted"}, func(w io.Writer) { fmt.Fprintf(w, "%s deleted\n", args[0]) })
		}),
	}
}

// shownProvider is a provider without its secret, and with what its own operator needs.
type shownProvider struct {
	ID string `json:"id"`
	upstream.Settings
	Created     time.Time `json:"created"`
	HasSecret   bool      `json:"has_secret"`
	RedirectURI string    `json:"redirect_uri"`           // to register there
	LogoutURI   string    `json:"backchannel_logout_uri"` // likewise, where it knows such a thing
}

func (a *app) shownProvider(p upstream.Provider) shownProvider {
	issuer := a.settingsIssuer()
	return shownProvider{
		ID: p.ID, Settings: p.Settings, Created: p.Created, HasSecret: p.Sealed != nil,
		RedirectURI: upstream.RedirectURI(issuer, p.ID), LogoutURI: upstream.LogoutURI(issuer, p.ID),
	}
}

// withProviders runs a command on the providers of what --data or --aws names.
func (a *app) withProviders(run func(context.Context, *upstream.Providers, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		b, err := a.open(command.Context())
		if err != nil {
			return err
		}
		providers := upstream.NewProviders(b.users, b.sealer)
		providers.RecordIn(b.trail)
		err = run(command.Context(), providers, args)
		if errors.Is(err, store.ErrNotFound) && len(args) > 0 {
			err = fmt.Errorf("there is no provider %s", args[0])
		}
		return errors.Join(explained(err), b.close())
	}
}
