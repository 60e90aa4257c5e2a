package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/pages"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// invited is what is printed of an invitation: with its link, where no mail brings it.
type invited struct {
	issue.Invitation
	Link string `json:"link,omitempty"`
}

func (a *app) userInviteCommand() *cobra.Command {
	var n identity.NewUser
	command := &cobra.Command{
		Use: "invite ADDRESS", Short: "Invite somebody to have an account", Args: cobra.ExactArgs(1),
		Long: `Invite somebody to have an account. A link goes to the address, which works once, within seven days. Where MAIL
is off it is printed instead, to be handed over, and does not confirm the address. ISSUER, MAIL, MAIL_FROM and
THEME_NAME must be those of the provider.`,
		RunE: a.withLetters(func(ctx context.Context, i *issue.Issuer, letter issue.Letter, args []string) error {
			n.Email = args[0]
			open, link, err := i.Invite(ctx, n, "command line", letter)
			if errors.Is(err, issue.ErrInvited) {
				return fmt.Errorf("%s is invited already; `ostiary user invitations renew %[1]s` sends a new link", args[0])
			}
			return a.printInvited(invited{open, link}, err)
		}),
	}
	command.Flags().StringSliceVar(&n.Groups, "group", nil, "a group that they will belong to; may be given several times")
	command.Flags().StringVar(&n.Name, "name", "", "their name, which they may change as they accept")
	command.Flags().StringVar(&n.Locale, "locale", "", "their language, such as de, which the mail is written in")
	return command
}

func (a *app) userInvitationsCommand() *cobra.Command {
	command := &cobra.Command{
		Use: "invitations", Short: "List the open invitations; withdraw or renew one", Args: cobra.NoArgs,
		RunE: a.withLetters(func(ctx context.Context, i *issue.Issuer, _ issue.Letter, _ []string) error {
			open, err := listed(ctx, i.Invitations, "", window{})
			if err != nil {
				return err
			}
			return a.print(open, func(w io.Writer) { tableOfInvitations(w, open) })
		}),
	}
	command.AddCommand(
		&cobra.Command{
			Use: "withdraw ADDRESS", Short: "End an open invitation: its link works no more", Args: cobra.ExactArgs(1),
			RunE: a.withLetters(func(ctx context.Context, i *issue.Issuer, _ issue.Letter, args []string) error {
				if err := i.Withdraw(ctx, args[0]); err != nil {
					return uninvited(err, args[0])
				}
				return a.print(map[string]string{"email": args[0], "done": "withdrawn"}, func(w io.Writer) {
					fmt.Fprintf(w, "the invitation of %s is withdrawn\n", args[0])
				})
			}),
		},
		&cobra.Command{
			Use: "renew ADDRESS", Short: "Send a new link in place of the one before", Args: cobra.ExactArgs(1),
			RunE: a.withLetters(func(ctx context.Context, i *issue.Issuer, letter issue.Letter, args []string) error {
				open, link, err := i.Renew(ctx, args[0], letter)
				return a.printInvited(invited{open, link}, uninvited(err, args[0]))
			}),
		},
	)
	return command
}

func uninvited(err error, address string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no invitation of %s is open; `ostiary user invitations` lists those that are", address)
	}
	return err
}

func (a *app) printInvited(about invited, err error) error {
	if err != nil {
		return err
	}
	return a.print(about, func(w io.Writer) {
		fmt.Fprintf(w, "%s is invited until %s UTC\n", about.Person.Email, minute(about.Expires))
		if about.Link == "" {
			fmt.Fprintln(w, "a link is on its way there")
		} else {
			fmt.Fprintf(w, "no mail is sent, for MAIL is off; hand this link over:\n%s\n", about.Link)
		}
	})
}

func tableOfInvitations(w io.Writer, open []issue.Invitation) {
	columns(w, "ADDRESS UNTIL BY SENT GROUPS", open, func(each issue.Invitation) []any {
		sent := "by mail"
		if !each.Mailed {
			sent = "by hand"
		}
		return []any{each.Person.Email, minute(each.Expires), printable(each.By), sent, printable(strings.Join(each.Person.Groups, ","))}
	})
}

// withLetters runs a command on the provider that sends links: with the letter of an
// invitation, nil where MAIL is off.
func (a *app) withLetters(run func(context.Context, *issue.Issuer, issue.Letter, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		ctx := command.Context()
		cfg, err := a.settings("ISSUER")
		if err != nil {
			return err
		}
		letters, err := pages.OpenLetters(cfg)
		if err != nil {
			return err
		}
		b, err := a.open(ctx)
		if err != nil {
			return err
		}
		var letter issue.Letter
		if cfg.SendsMail() {
			letter = letters.Invitation()
		}
		users := b.people()
		sessions := identity.NewSessions(b.state, users, identity.SessionLimits{})
		err = run(ctx, b.issuer(cfg, users, b.clients(), sessions), letter, args)
		return errors.Join(explained(err), b.close())
	}
}

// settings are those of the provider, as the environment has them: links lead to its
// ISSUER.
func (a *app) settings(required ...string) (config.Config, error) {
	environment := environ()
	if !a.aws && environment["ISSUER"] == "" {
		environment["ISSUER"] = defaultIssuer
	}
	return config.FromMap(environment, required...)
}
