package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

func (a *app) userAddCommand() *cobra.Command {
	var file string
	var admin bool
	command := &cobra.Command{
		Use:   "add [USERNAME]",
		Short: "Add a user, with a password asked for or read from standard input",
		Long: `Add a user. The password is asked for, or read from the first line of standard input.

The file, if one is given, holds a JSON object of standard claims (OpenID Connect Core 5.1). It may also hold
username, sub, disabled, groups, roles, attributes, and password or password_hash (Argon2id in PHC form); the password
is not asked for then.
Without USERNAME and username, preferred_username is taken.`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			n, err := newUser(file, args)
			if err != nil {
				return err
			}
			if n.Password == "" && n.PasswordHash == "" {
				if n.Password, err = a.ask(ctx, "Password of "+n.Username); err != nil {
					return err
				}
			}
			if admin {
				n.Groups = append(n.Groups, identity.Administrators)
			}
			user, err := users.Add(ctx, n)
			if err != nil {
				return err
			}
			return a.print(user, func(w io.Writer) { fmt.Fprintf(w, "%s added, sub %s\n", user.Username, user.ID) })
		}),
	}
	command.Flags().BoolVar(&admin, "admin", false, "the user administers this provider: a member of the group administrators")
	command.Flags().StringVarP(&file, "file", "f", "", "a file with the user's claims in JSON")
	return command
}

// newUser puts together what the arguments and the file say.
func newUser(file string, args []string) (identity.NewUser, error) {
	var n identity.NewUser
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return n, err
		}
		if err := parseObject(content, &n); err != nil {
			return n, fmt.Errorf("%s: %w", file, err)
		}
	}
	switch {
	case len(args) == 1:
		n.Username = args[0]
	case n.Username == "":
		n.Username = n.PreferredUsername
	}
	if n.Username == "" {
		return n, errors.New("which username? Give it as the argument, or in the file")
	}
	return n, nil
}

// parseObject reads one JSON object whose members all have a meaning: a mistyped
// claim would be lost without a word.
func parseObject(content []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}
