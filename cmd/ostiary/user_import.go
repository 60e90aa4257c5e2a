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
	dryRun                                           bool
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
lists the forms of hashes, and what is read of each format.`,
		Args: cobra.ExactArgs(1),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			return a.importUsers(ctx, users, args[0], flags)
		}),
	}
	f := command.Flags()
	f.StringVar(&flags.format, "format", "", strings.Join(userfile.Formats(), ", ")+"; by default by the file's name, else jsonl")
	f.StringVar(&flags.usernameFrom, "username-from", "", "a claim that becomes the username, such as email")
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
	i := &imports{users: users, onConflict: onConflict, bar: a.terminal(), tally: tally{DryRun: flags.dryRun, Failed: []fate{}}}
	source, err := i.open(a.in, name, flags)
	if err != nil {
		return err
	}
	stop := a.progress(i.String)
	err = i.run(ctx, userfile.Read(flags.format, i.counted(source), userfile.Options{UsernameFrom: flags.usernameFrom}))
	stop()
	return errors.Join(err, a.imported(i), i.checkpoint.end(err == nil), i.report.Close(), source.Close())
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

// openReport goes on with the report of an import that goes on. It names people.
func (flags importFlags) openReport(c *checkpoint) (io.WriteCloser, error) {
	if flags.report == "" {
		return discard{}, nil
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if c.passed(1) {
		mode = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	return os.OpenFile(flags.report, mode, 0o600)
}

// discard is a report that nobody wants.
type discard struct{}

// Write drops it.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// Close does nothing.
func (discard) Close() error { return nil }

func onConflicts() map[string]identity.OnConflict {
	return map[string]identity.OnConflict{
		"fail": identity.RefuseStanding, "skip": identity.SkipStanding, "update": identity.UpdateStanding,
	}
}

// imported shows the outcome; users who were refused make the command fail.
func (a *app) imported(i *imports) error {
	err := a.print(i, func(w io.Writer) {
		for _, bad := range i.Failed {
			fmt.Fprintf(a.err, "%s: %s\n", bad.Place, bad.Reason)
		}
		if more := i.Refused - len(i.Failed); more > 0 {
			fmt.Fprintf(a.err, "and %d more; --report FILE names them all\n", more)
		}
		fmt.Fprintln(w, i.total())
		for _, name := range i.leftNames() {
			fmt.Fprintf(w, "not imported: %s, of %d users\n", name, i.Left[name])
		}
	})
	if err == nil && i.Refused > 0 {
		err = fmt.Errorf("%d users were not imported", i.Refused)
	}
	return err
}
