package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// clientUpdateCommand replaces a client's metadata, as the client itself may do over
// RFC 7592 §2.2.
func (a *app) clientUpdateCommand() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "update CLIENT_ID -f FILE",
		Short: "Replace a client's metadata; its secret stays",
		Long: `Replace all of a client's metadata by those in the file (- is standard input), a JSON object (RFC 7591).
What the file leaves out is gone, or its default: begin with what client show --json prints.`,
		Args: cobra.ExactArgs(1),
		RunE: a.withBackend(func(ctx context.Context, b *backend, clients *identity.Clients, args []string) error {
			if file == "" {
				return errors.New("name the file with the metadata by -f")
			}
			r, err := a.registrationFile(file)
			if err != nil {
				return err
			}
			if r.ID != "" && r.ID != args[0] {
				return fmt.Errorf("%s is about the client %s", file, r.ID)
			}
			if r.Secret != "" {
				return errors.New("a secret is not updated; client rotate-secret makes a new one")
			}
			client, err := clients.Replace(ctx, args[0], r.ClientMetadata)
			if err != nil {
				return err
			}
			shown := admin.Show(client)
			if err := a.print(shown, func(w io.Writer) { fmt.Fprintf(w, "%s updated\n", client.ID) }); err != nil {
				return err
			}
			return a.warnOfProviders(ctx, b, client.ClientMetadata)
		}),
	}
	command.Flags().StringVarP(&file, "file", "f", "", "a file with client metadata in JSON")
	return command
}
