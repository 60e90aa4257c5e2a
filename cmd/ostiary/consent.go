package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// consentCommand looks after what people have agreed to.
func (a *app) consentCommand() *cobra.Command {
	command := &cobra.Command{Use: "consent", Short: "Look after what users have agreed to"}
	command.AddCommand(
		&cobra.Command{
			Use: "list USER", Short: "List what a user lets clients have", Args: cobra.ExactArgs(1),
			RunE: a.withPerson(func(ctx context.Context, p person, _ []string) error {
				given, err := p.issuer.Access(ctx, p.ID)
				if err != nil {
					return err
				}
				return a.print(given, func(w io.Writer) { tableOfConsents(w, given) })
			}),
		},
		&cobra.Command{
			Use:   "withdraw USER CLIENT_ID",
			Short: "Withdraw a consent and end what the client got by it",
			Args:  cobra.ExactArgs(2),
			RunE: a.withPerson(func(ctx context.Context, p person, args []string) error {
				given, err := p.issuer.Access(ctx, p.ID)
				if err != nil {
					return err
				}
				if !slices.ContainsFunc(given, func(c issue.ClientAccess) bool { return c.ClientID == args[0] }) {
					return fmt.Errorf("%s lets %s have nothing", p.Username, args[0])
				}
				return a.done(p.User, "no longer agrees to "+args[0], p.issuer.WithdrawConsent(ctx, p.ID, args[0]))
			}),
		},
	)
	return command
}

func tableOfConsents(w io.Writer, given []issue.ClientAccess) {
	columns(w, "CLIENT_ID GIVEN USED SCOPE CLAIMS", given, func(c issue.ClientAccess) []any {
		return []any{c.ClientID, minute(c.Since), lastUsed(c.Used), c.Scope, strings.Join(c.Claims, " ")}
	})
}
