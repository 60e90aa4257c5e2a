package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// userCommand looks after people.
func (a *app) userCommand() *cobra.Command {
	command := &cobra.Command{Use: "user", Short: "Look after users"}
	command.AddCommand(
		a.userAddCommand(),
		a.userFactorsCommand(),
		a.userImportCommand(),
		a.userHashesCommand(),
		a.userInviteCommand(),
		a.userInvitationsCommand(),
		a.userReindexCommand(),
		a.userListCommand(),
		a.userPasswdCommand(),
		&cobra.Command{
			Use: "show USER", Short: "Show a user, by username or sub", Args: cobra.ExactArgs(1),
			RunE: a.withUser(func(_ context.Context, _ *identity.Users, user identity.User) error {
				return a.print(user, func(w io.Writer) { indented(w, user) })
			}),
		},
		&cobra.Command{
			Use: "disable USER", Short: "Keep a user out and end all sessions", Args: cobra.ExactArgs(1),
			RunE: a.withPerson(func(ctx context.Context, p person, _ []string) error {
				return a.done(p.User, "disabled", p.issuer.DisableUser(ctx, p.ID, ""))
			}),
		},
		&cobra.Command{
			Use: "enable USER", Short: "Let a disabled user sign in again", Args: cobra.ExactArgs(1),
			RunE: a.withUser(func(ctx context.Context, users *identity.Users, user identity.User) error {
				return a.done(user, "enabled", users.Enable(ctx, user.ID))
			}),
		},
		a.userDeleteCommand(),
	)
	return command
}

func (a *app) userListCommand() *cobra.Command {
	var f window
	return f.register(&cobra.Command{
		Use: "list [PREFIX]", Short: "List users in the order of their names", Args: cobra.MaximumNArgs(1),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			found, err := listed(ctx, users.List, prefix(args), f)
			if err != nil {
				return err
			}
			return a.print(found, func(w io.Writer) {
				columns(w, "USERNAME SUB CREATED STATE NAME", found, func(user identity.User) []any {
					state := "enabled"
					if user.Disabled {
						state = "disabled"
					}
					return []any{user.Username, user.ID, user.Created.Format("2006-01-02"), state, user.Name}
				})
			})
		}),
	}, "username")
}

func (a *app) userPasswdCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "passwd USER",
		Short: "Set a user's password, asked for or read from standard input, and end all sessions",
		Long: `Set a user's password, asked for or read from standard input, and end all sessions. Where MAIL is that of the
provider, and not off, the user is told by mail.`,
		Args: cobra.ExactArgs(1),
		RunE: a.withPerson(func(ctx context.Context, p person, _ []string) error {
			password, err := a.ask(ctx, "New password of "+p.Username)
			if err != nil {
				return err
			}
			return a.done(p.User, "has a new password", p.issuer.SetPassword(ctx, p.ID, password))
		}),
	}
}

// withUsers runs a command on the users of what --data or --aws names.
func (a *app) withUsers(run func(context.Context, *identity.Users, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		b, err := a.open(command.Context())
		if err != nil {
			return err
		}
		err = run(command.Context(), b.people(), args)
		return errors.Join(explained(err), b.close())
	}
}

// withUser runs a command on the user that its one argument names.
func (a *app) withUser(run func(context.Context, *identity.Users, identity.User) error) func(*cobra.Command, []string) error {
	return a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
		user, err := namedUser(ctx, users, args[0])
		if err != nil {
			return err
		}
		return run(ctx, users, user)
	})
}

// namedUser finds a user by username or sub.
func namedUser(ctx context.Context, users *identity.Users, name string) (identity.User, error) {
	user, err := users.ByUsername(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		user, err = users.Get(ctx, name)
	}
	if errors.Is(err, store.ErrNotFound) {
		return identity.User{}, fmt.Errorf("there is no user %s", name)
	}
	return user, err
}

// done says what happened to the user, unless it did not.
func (a *app) done(user identity.User, what string, err error) error {
	if err != nil {
		return err
	}
	return a.print(map[string]string{"sub": user.ID, "username": user.Username, "done": what}, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s\n", user.Username, what)
	})
}
