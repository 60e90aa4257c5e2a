package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// apiKeyCommand looks after API keys.
func (a *app) apiKeyCommand() *cobra.Command {
	command := &cobra.Command{Use: "api-key", Short: "Look after keys of machines that cannot do OAuth"}
	command.AddCommand(
		a.apiKeyAddCommand(),
		a.apiKeyListCommand(),
		&cobra.Command{
			Use: "show ID", Short: "Show an API key, which is not its secret", Args: cobra.ExactArgs(1),
			RunE: a.withAPIKeys(func(ctx context.Context, keys *identity.APIKeys, args []string) error {
				key, err := keys.Get(ctx, args[0])
				if err != nil {
					return err
				}
				shown, err := showAPIKey(ctx, keys, key)
				if err != nil {
					return err
				}
				return a.print(shown, func(w io.Writer) { indented(w, shown) })
			}),
		},
		a.apiKeyDisableCommand("disable ID", "Refuse an API key from now on", "disabled", true),
		a.apiKeyDisableCommand("enable ID", "Take an API key again", "enabled", false),
		&cobra.Command{
			Use: "delete ID", Short: "Delete an API key for good", Args: cobra.ExactArgs(1),
			RunE: a.withAPIKeys(func(ctx context.Context, keys *identity.APIKeys, args []string) error {
				if err := keys.Delete(ctx, args[0]); err != nil {
					return err
				}
				return a.apiKeyDone(args[0], "deleted")
			}),
		},
	)
	return command
}

func (a *app) apiKeyListCommand() *cobra.Command {
	var f window
	return f.register(&cobra.Command{
		Use: "list [PREFIX]", Short: "List API keys in the order of their IDs", Args: cobra.MaximumNArgs(1),
		RunE: a.withAPIKeys(func(ctx context.Context, keys *identity.APIKeys, args []string) error {
			found, err := listed(ctx, keys.List, prefix(args), f)
			if err != nil {
				return err
			}
			shown := make([]shownAPIKey, len(found))
			for i, key := range found {
				if shown[i], err = showAPIKey(ctx, keys, key); err != nil {
					return err
				}
			}
			return a.print(shown, func(w io.Writer) {
				columns(w, "ID NAME CLIENT SCOPE EXPIRES LAST_USED STATE", shown, func(key shownAPIKey) []any {
					return []any{key.ID, key.Name, key.ClientID, key.Scope, key.Expires.Format(time.DateOnly), key.LastUsed, key.state()}
				})
			})
		}),
	}, "ID")
}

func (a *app) apiKeyDisableCommand(use, short, done string, disabled bool) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: a.withAPIKeys(func(ctx context.Context, keys *identity.APIKeys, args []string) error {
			if _, err := keys.Disable(ctx, args[0], disabled); err != nil {
				return err
			}
			return a.apiKeyDone(args[0], done)
		}),
	}
}

func (a *app) apiKeyDone(id, done string) error {
	return a.print(map[string]string{"id": id, "done": done}, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", id, done) })
}

// shownAPIKey is a key with when it was used last.
type shownAPIKey struct {
	identity.APIKey
	LastUsed string `json:"last_used,omitempty"` // a day
}

func showAPIKey(ctx context.Context, keys *identity.APIKeys, key identity.APIKey) (shownAPIKey, error) {
	day, err := keys.LastUsed(ctx, key.ID)
	return shownAPIKey{key, day}, err
}

func (k shownAPIKey) state() string {
	switch {
	case k.Disabled:
		return "disabled"
	case !time.Now().Before(k.Expires):
		return "expired"
	}
	return "good"
}

// withAPIKeys runs a command on the keys of what --data or --aws names.
func (a *app) withAPIKeys(run func(context.Context, *identity.APIKeys, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		b, err := a.open(command.Context())
		if err != nil {
			return err
		}
		err = run(command.Context(), b.apiKeys(), args)
		if errors.Is(err, store.ErrNotFound) && len(args) > 0 {
			err = fmt.Errorf("there is no API key %s: give its ID, which list shows", args[0])
		}
		return errors.Join(explained(err), b.close())
	}
}
