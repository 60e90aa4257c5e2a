package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// outboxCommand looks after what could not be delivered.
func (a *app) outboxCommand() *cobra.Command {
	command := &cobra.Command{Use: "outbox", Short: "Look after messages that clients did not take"}
	command.AddCommand(
		&cobra.Command{
			Use: "dead", Short: "List the messages that were given up within a month", Args: cobra.NoArgs,
			RunE: a.withOutbox(func(ctx context.Context, o *outbox.Outbox, _ []string) error {
				letters, err := o.Dead(ctx)
				if err != nil {
					return err
				}
				return a.print(letters, func(w io.Writer) { tableOfLetters(w, letters) })
			}),
		},
		&cobra.Command{
			Use: "retry ID...", Short: "Try messages that were given up for another day", Args: cobra.MinimumNArgs(1),
			RunE: a.withOutbox(func(ctx context.Context, o *outbox.Outbox, ids []string) error {
				for _, id := range ids {
					err := o.Revive(ctx, id)
					if errors.Is(err, store.ErrNotFound) {
						return fmt.Errorf("no message %s was given up", id)
					}
					if err != nil {
						return err
					}
				}
				return a.print(map[string][]string{"retried": ids}, func(w io.Writer) { fmt.Fprintln(w, "They will be tried again.") })
			}),
		},
	)
	return command
}

// withOutbox runs a command on the outbox of what --data or --aws names.
func (a *app) withOutbox(run func(context.Context, *outbox.Outbox, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		b, err := a.open(command.Context())
		if err != nil {
			return err
		}
		err = run(command.Context(), outbox.Open(b.state), args)
		return errors.Join(explained(err), b.close())
	}
}

// tableOfLetters quotes what somebody else's server may have had a say in.
func tableOfLetters(w io.Writer, letters []outbox.Message) {
	columns(w, "ID CREATED KIND ATTEMPTS FAILURE", letters, func(m outbox.Message) []any {
		return []any{m.ID, minute(m.Created), m.Kind, m.Attempts, strconv.Quote(m.Failure)}
	})
}
