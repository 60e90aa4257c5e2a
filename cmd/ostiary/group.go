package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// groupCommand looks after groups of people.
func (a *app) groupCommand() *cobra.Command {
	command := &cobra.Command{Use: "group", Short: "Look after groups of users"}
	command.AddCommand(
		a.groupAddCommand(),
		a.groupUpdateCommand(),
		a.groupListCommand(),
		&cobra.Command{
			Use: "show GROUP", Short: "Show a group", Args: cobra.ExactArgs(1),
			RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
				group, err := users.Group(ctx, args[0])
				if err != nil {
					return err
				}
				return a.print(group, func(w io.Writer) { indented(w, group) })
			}),
		},
		&cobra.Command{
			Use: "delete GROUP", Short: "Take everybody out of a group, and delete it", Args: cobra.ExactArgs(1),
			RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
				if err := users.DeleteGroup(ctx, args[0]); err != nil {
					return err
				}
				return a.print(map[string]string{"name": args[0], "done": "deleted"}, func(w io.Writer) { fmt.Fprintf(w, "%s deleted\n", args[0]) })
			}),
		},
		a.groupMemberCommand(),
	)
	return command
}

// groupFlags are what can be said of a group.
type groupFlags struct {
	description, scope string
	roles              []string
	secondFactor       bool
}

func (f *groupFlags) register(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.description, "description", "", "what the group is for")
	flags.StringSliceVar(&f.roles, "role", nil, "roles of its members")
	flags.StringVar(&f.scope, "scope", "", "what its members may administer, separated by spaces, such as admin:users:read")
	flags.BoolVar(&f.secondFactor, "second-factor", false, "its members must use a second factor")
}

// apply says of the group what the flags that were given say.
func (f *groupFlags) apply(command *cobra.Command, g *identity.Group) error {
	given := command.Flags().Changed
	if given("description") {
		g.Description = f.description
	}
	if given("role") {
		g.Roles = f.roles
	}
	if given("second-factor") {
		g.SecondFactor = f.secondFactor
	}
	if !given("scope") {
		return nil
	}
	scope, err := oauth.ParseScope(f.scope)
	g.Scope = scope
	return err
}

func (a *app) groupAddCommand() *cobra.Command {
	var f groupFlags
	command := &cobra.Command{Use: "add GROUP", Short: "Make a group", Args: cobra.ExactArgs(1)}
	command.RunE = a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
		group := identity.Group{Name: args[0]}
		if err := f.apply(command, &group); err != nil {
			return err
		}
		group, err := users.AddGroup(ctx, group)
		if err != nil {
			return err
		}
		return a.print(group, func(w io.Writer) { fmt.Fprintf(w, "%s added\n", group.Name) })
	})
	f.register(command)
	return command
}

func (a *app) groupUpdateCommand() *cobra.Command {
	var f groupFlags
	command := &cobra.Command{Use: "update GROUP", Short: "Change what the flags name of a group", Args: cobra.ExactArgs(1)}
	command.RunE = a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
		if err := changesAnything(command); err != nil {
			return err
		}
		group, err := users.UpdateGroup(ctx, args[0], func(g *identity.Group) error { return f.apply(command, g) })
		if err != nil {
			return err
		}
		return a.print(group, func(w io.Writer) { indented(w, group) })
	})
	f.register(command)
	return command
}

func (a *app) groupListCommand() *cobra.Command {
	var f window
	return f.register(&cobra.Command{
		Use: "list [PREFIX]", Short: "List groups in the order of their names", Args: cobra.MaximumNArgs(1),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			found, err := listed(ctx, users.Groups, prefix(args), f)
			if err != nil {
				return err
			}
			return a.print(found, func(w io.Writer) {
				columns(w, "GROUP ROLES SECOND_FACTOR STATE DESCRIPTION", found, func(group identity.Group) []any {
					factor, state := "no", "good"
					if group.SecondFactor {
						factor = "yes"
					}
					if group.Ending {
						state = "being deleted"
					}
					return []any{group.Name, strings.Join(group.Roles, ","), factor, state, group.Description}
				})
			})
		}),
	}, "group")
}

// groupMemberCommand looks after who belongs to a group.
func (a *app) groupMemberCommand() *cobra.Command {
	command := &cobra.Command{Use: "member", Short: "Look after who belongs to a group"}
	command.AddCommand(
		a.memberCommand("add GROUP USER", "Take a user into a group", "joined", (*identity.Users).Join),
		a.memberCommand("remove GROUP USER", "Take a user out of a group", "left", (*identity.Users).Leave),
		&cobra.Command{
			Use: "list GROUP", Short: "List a group's members", Args: cobra.ExactArgs(1),
			RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
				found, err := listed(ctx, users.Members, args[0], window{})
				if err != nil {
					return err
				}
				return a.print(found, func(w io.Writer) {
					for _, user := range found {
						fmt.Fprintf(w, "%s  %s\n", user.ID, user.Username)
					}
				})
			}),
		},
	)
	return command
}

func (a *app) memberCommand(use, short, done string, change func(*identity.Users, context.Context, string, string) (identity.User, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(2),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			if _, err := users.Group(ctx, args[0]); err != nil {
				return err
			}
			user, err := namedUser(ctx, users, args[1])
			if err == nil {
				user, err = change(users, ctx, user.ID, args[0])
			}
			return a.done(user, done+" "+args[0], err)
		}),
	}
}
