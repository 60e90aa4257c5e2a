package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// userDeleteCommand deletes somebody, or finishes what has broken off.
func (a *app) userDeleteCommand() *cobra.Command {
	var unfinished bool
	one := a.withPerson(func(ctx context.Context, p person, _ []string) error {
		return a.done(p.User, "deleted", p.issuer.DeleteUser(ctx, p.ID, ""))
	})
	command := &cobra.Command{
		Use:   "delete [USER]",
		Short: "Delete a user for good",
		Long: `Delete a user for good, with all sessions, tokens, passkeys, consents and identities. The user is kept out first,
and the record goes last: what breaks off, by an outage say, leaves somebody who can do nothing. The server finishes it
within half an hour. Do it again, or finish all that broke off, here and in people's accounts, at once by --unfinished.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if unfinished == (len(args) == 1) {
				return errors.New("who is to go? Name a user, or give --unfinished")
			}
			if unfinished {
				return a.finishDeletions(command.Context())
			}
			return one(command, args)
		},
	}
	command.Flags().BoolVar(&unfinished, "unfinished", false, "finish deletions that broke off more than a quarter of an hour ago, without waiting for the server")
	return command
}

// finishDeletions finishes all deletions that broke off.
func (a *app) finishDeletions(ctx context.Context) error {
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	b, err := a.open(ctx)
	if err != nil {
		return err
	}
	i := b.deletions(cfg)
	finished, err := i.FinishDeletions(ctx, 0)
	if err == nil {
		err = a.print(map[string]int{"finished": len(finished)}, func(w io.Writer) {
			fmt.Fprintf(w, "%s finished\n", counted(len(finished), "deletion"))
		})
	}
	return errors.Join(explained(err), b.close())
}

// deletions is what deletes people of the backend.
func (b *backend) deletions(cfg config.Config) *issue.Issuer {
	users := b.people()
	return b.issuer(cfg, users, b.clients(), identity.NewSessions(b.state, users, identity.SessionLimits{}))
}
