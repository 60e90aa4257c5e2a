package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func (a *app) apiKeyAddCommand() *cobra.Command {
	var key identity.APIKey
	var scope string
	var lifetime time.Duration
	command := &cobra.Command{
		Use:   "add NAME",
		Short: "Make an API key and show it, once",
		Long: `Make an API key for a machine that cannot do OAuth, and show it. It cannot be shown again, for only a hash is kept.
The gate takes it from the header that the setting api_key_header names: see docs/api-keys.md.`,
		Args: cobra.ExactArgs(1),
		RunE: a.withAPIKeys(func(ctx context.Context, keys *identity.APIKeys, args []string) (err error) {
			key.Name, key.Expires = args[0], time.Now().Add(lifetime).UTC().Truncate(time.Second)
			if key.Scope, err = oauth.ParseScope(scope); err != nil {
				return err
			}
			made, secret, err := keys.Add(ctx, key)
			if err != nil {
				return err
			}
			return a.printNewAPIKey(made, secret)
		}),
	}
	flags := command.Flags()
	flags.StringSliceVar(&key.Audience, "audience", nil, "the APIs that the key is for, as their authorizer's audience has them")
	flags.StringVar(&scope, "scope", "", "what it may do, separated by spaces")
	flags.StringVar(&key.ClientID, "client", "", "the client that it acts for")
	flags.DurationVar(&lifetime, "lifetime", 365*24*time.Hour, "how long it is good, at most 87600h")
	flags.StringVar(&key.UsageIdentifierKey, "usage-identifier-key", "", "the value of the API Gateway API key whose usage plan counts its requests")
	_ = command.MarkFlagRequired("audience") // it is there
	return command
}

// printNewAPIKey shows the key itself: the only time that it is shown.
func (a *app) printNewAPIKey(key identity.APIKey, secret oauth.Secret) error {
	made := struct {
		Key string `json:"api_key"`
		identity.APIKey
	}{string(secret), key}
	return a.print(made, func(w io.Writer) {
		fmt.Fprintf(w, "id       %s\napi_key  %s\n", key.ID, made.Key)
		fmt.Fprintln(a.err, "The key is not shown again: note it down now.")
	})
}
