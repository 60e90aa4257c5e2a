package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func (a *app) clientShowCommand() *cobra.Command {
	var library string
	command := &cobra.Command{
		Use: "show CLIENT_ID", Short: "Show a client, or settings for it; its secrets cannot be shown", Args: showArgs,
		RunE: a.withClients(func(ctx context.Context, clients *identity.Clients, args []string) error {
			client, err := clients.Get(ctx, args[0])
			if err != nil {
				return err
			}
			if library == "" {
				shown := admin.Show(client)
				return a.print(shown, func(w io.Writer) { indented(w, shown) })
			}
			made, err := settingsFor(client, a.settingsIssuer(), library)
			if err != nil {
				return err
			}
			return a.printSettings(made)
		}),
	}
	settingsFlag(command, &library, "")
	return command
}

// showArgs says how a library is named when it was given as the word after --settings.
func showArgs(command *cobra.Command, args []string) error {
	if len(args) == 2 && command.Flags().Changed("settings") {
		return fmt.Errorf("one CLIENT_ID, please; a library is named by --settings=%s", args[1])
	}
	return cobra.ExactArgs(1)(command, args)
}

// settingsFlag is --settings, for all libraries, or --settings=LIBRARY.
func settingsFlag(command *cobra.Command, library *string, standard string) {
	usage := "print settings for client libraries: all that fit, or =openid-client, =oidc-client-ts, =authjs, =authlib, =spring, =go-oidc"
	if standard != "" { // they are printed unasked
		usage += ", or =none"
	}
	command.Flags().StringVar(library, "settings", standard, usage)
	command.Flags().Lookup("settings").NoOptDefVal = allLibraries
}

// newSecret is a client with the secret that was just made for it: the only time
// that a secret is shown.
type newSecret struct {
	Secret        string `json:"client_secret,omitempty"`
	SecretExpires *int64 `json:"client_secret_expires_at,omitempty"` // 0, required beside a secret: never
	admin.Client
}

func (a *app) printNewSecret(client oauth.Client, secret oauth.Secret) error {
	made := newSecret{Client: admin.Show(client)}
	if secret != "" {
		made.Secret, made.SecretExpires = string(secret), new(int64)
	}
	return a.print(made, func(w io.Writer) {
		fmt.Fprintf(w, "client_id      %s\n", client.ID)
		if secret != "" {
			fmt.Fprintf(w, "client_secret  %s\n", made.Secret)
			fmt.Fprintln(a.err, "The secret is not shown again: note it down now.")
		}
	})
}
