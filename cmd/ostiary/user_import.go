package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/userfile"
)

// importFlags are what the command is told.
type importFlags struct {
	format, usernameFrom, onConflict, report, resume string
	dryRun, createGroups                             bool
	maps, groups, roles                              []string
}

func (a *app) userImportCommand() *cobra.Command {
	var flags importFlags
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Add users from a file, of this or another product; - is standard input",
		Long: `Add users from a file, which is read as it is needed, however long it is.

Users that cannot be added are reported, with the reason, and the others are added. An import can be repeated
after an interruption: with --on-conflict skip, people whose username or sub is there already are passed over,
and with --resume it goes on where it was. Passwords that were hashed elsewhere go on working: docs/import.md
lists the forms of hashes, and what is read of each format.

Groups, roles and attributes keep their names where these can be names here. What has no place is counted and named,
and that name is what --map takes: --map custom:team=team, --map groups./Staff=staff, --map user_metadata.theme= .`,
		Args: cobra.ExactArgs(1),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			return a.importUsers(ctx, users, args[0], flags)
		}),
	}
	f := command.Flags()
	f.StringVar(&flags.format, "format", "", strings.Join(userfile.Formats(), ", ")+"; by default by the file's name, else jsonl")
	f.StringVar(&flags.usernameFrom, "username-from", "", "a claim that becomes the username, such as email")
	f.StringArrayVar(&flags.maps, "map", nil, "NAME=HERE: what is called NAME where something is not imported is an attribute, a claim, a group or a role here, or groups or roles; nothing after = leaves it out")
	f.BoolVar(&flags.createGroups, "create-groups", false, "make the groups that are not here, with the roles that the file gives them")
	f.StringArrayVar(&flags.groups, "group", nil, "everybody in the file joins this group")
	f.StringArrayVar(&flags.roles, "role", nil, "everybody in the file has this role")
	f.StringVar(&flags.onConflict, "on-conflict", "fail", "what to do with people who are there already: skip, update or fail")
	f.BoolVar(&flags.dryRun, "dry-run", false, "tell what would happen, and change nothing")
	f.StringVar(&flags.report, "report", "", "write a line of JSON about every user who is not imported as a whole to this file")
	f.StringVar(&flags.resume, "resume", "", "keep in this file how far the import has come, and go on from there")
	return command
}

func (a *app) importUsers(ctx context.Context, users *identity.Users, name string, flags importFlags) error {
	onConflict, known := onConflicts()[flags.onConflict]
	if !known {
		return fmt.Errorf("--on-conflict is skip, update or fail, not %q", flags.onConflict)
	}
	if flags.format == "" {
		flags.format = userfile.Guess(name)
	}
	terms, err := flags.terms(ctx, users)
	if err != nil {
		return err
	}
	i := &imports{
		users: users, onConflict: onConflict, roles: flags.roles,
		groups: &importGroups{users: users, create: flags.createGroups, dryRun: flags.dryRun, everybody: flags.groups},
		tally:  tally{DryRun: flags.dryRun, Failed: []fate{}},
	}
	source, err := i.open(a.in, name, flags)
	if err != nil {
		return err
	}
	var everybody fate
	if err = i.groups.check(ctx, &everybody); err == nil {
		i.GroupsMade = append(i.GroupsMade, everybody.made...)
		stop := a.progress(i.String)
		err = i.run(ctx, userfile.Read(flags.format, i.counted(source), userfile.Options{UsernameFrom: flags.usernameFrom, Terms: terms}))
		stop()
	}
	if err == nil {
		i.UnusedNames = terms.Unused()
	}
	ending := i.end(err == nil)
	return errors.Join(err, a.imported(i), ending, source.Close())
}

// terms are the words of here, with those that --map gives.
func (flags importFlags) terms(ctx context.Context, users *identity.Users) (*userfile.Terms, error) {
	names := map[string]string{}
	for _, pair := range flags.maps {
		at := strings.LastIndex(pair, "=")
		if at <= 0 {
			return nil, fmt.Errorf("--map is NAME=HERE, not %q", pair)
		}
		names[pair[:at]] = pair[at+1:]
	}
	for _, role := range flags.roles {
		if !identity.IsRole(role) {
			return nil, fmt.Errorf("--role %s: no role can be called so", role)
		}
	}
	attributes, err := users.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	terms, err := userfile.NewTerms(attributes, names)
	if err != nil {
		return nil, fmt.Errorf("--map: %w", err)
	}
	return terms, nil
}

// open opens the file, and what is written beside it.
func (i *imports) open(stdin io.Reader, name string, flags importFlags) (source io.ReadCloser, err error) {
	source = io.NopCloser(stdin)
	if name == "-" && flags.resume != "" {
		return nil, errors.New("--resume needs a file, for standard input begins anew each time")
	}
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		source = file
		if err := i.size(file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if i.checkpoint, err = flags.checkpoint(file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	if i.checkpoint != nil {
		i.counts, i.tally = i.checkpoint.from, i.checkpoint.tally(i.tally)
	}
	if i.report, err = flags.openReport(i.checkpoint); err != nil {
		return nil, errors.Join(err, source.Close())
	}
	return source, nil
}

// size takes note of how much there is to read, where that is known.
func (i *imports) size(file *os.File) error {
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		i.whole = info.Size()
	}
	return err
}

func onConflicts() map[string]identity.OnConflict {
	return map[string]identity.OnConflict{
		"fail": identity.RefuseStanding, "skip": identity.SkipStanding, "update": identity.UpdateStanding,
	}
}

// imported shows the outcome; users who were refused make the command fail.
func (a *app) imported(i *imports) error {
	err := a.print(i, func(w io.Writer) { i.write(w, a.err) })
	if err == nil && i.Refused > 0 {
		were := "were"
		if i.Refused == 1 {
			were = "was"
		}
		err = fmt.Errorf("%s %s not imported", counted(i.Refused, "user"), were)
	}
	return err
}
