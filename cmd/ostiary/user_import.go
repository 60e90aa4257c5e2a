package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

const parallelImports = 16

func (a *app) userImportCommand() *cobra.Command {
	var skip bool
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Add users from a file of JSON objects, a line each; - is standard input",
		Long: `Add users from a file of JSON objects, a line each: what the file of "user add" may hold, username included.
Lines that cannot be added are reported and the others are added. With --skip-existing an import can be repeated
after an interruption: people whose username or sub is there already are passed over.`,
		Args: cobra.ExactArgs(1),
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, args []string) error {
			source := io.NopCloser(a.in)
			if args[0] != "-" {
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				source = file
			}
			defer source.Close()
			done := imports{users: users, skip: skip}
			stop := a.progress(done.String)
			err := done.lines(ctx, source)
			stop()
			return errors.Join(err, a.imported(&done))
		}),
	}
	command.Flags().BoolVar(&skip, "skip-existing", false, "pass over people who are there already")
	return command
}

// imports counts what has become of the lines.
type imports struct {
	users *identity.Users
	skip  bool

	mu       sync.Mutex
	Imported int       `json:"imported"`
	Skipped  int       `json:"skipped"`
	Failed   []badLine `json:"failed"`
}

type badLine struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

// lines adds the users of a file, several at once.
func (i *imports) lines(ctx context.Context, r io.Reader) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	var group errgroup.Group
	group.SetLimit(parallelImports)
	for n := 1; scanner.Scan() && ctx.Err() == nil; n++ {
		line := strings.TrimSpace(scanner.Text())
		if line != "" {
			group.Go(func() error {
				i.count(n, i.add(ctx, line))
				return nil
			})
		}
	}
	return errors.Join(group.Wait(), scanner.Err(), ctx.Err())
}

func (i *imports) add(ctx context.Context, line string) error {
	var n identity.NewUser
	if err := parseObject([]byte(line), &n); err != nil {
		return err
	}
	_, err := i.users.Add(ctx, n)
	return err
}

func (i *imports) count(line int, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case err == nil:
		i.Imported++
	case i.skip && errors.Is(err, identity.ErrTaken):
		i.Skipped++
	default:
		i.Failed = append(i.Failed, badLine{line, explained(err).Error()})
	}
}

// String tells how far it has come.
func (i *imports) String() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return fmt.Sprintf("%d users imported, %d skipped, %d failed", i.Imported, i.Skipped, len(i.Failed))
}

// imported shows the outcome; lines that failed make the command fail.
func (a *app) imported(i *imports) error {
	err := a.print(i, func(w io.Writer) {
		for _, bad := range i.Failed {
			fmt.Fprintf(a.err, "line %d: %s\n", bad.Line, bad.Error)
		}
		fmt.Fprintln(w, i)
	})
	if err == nil && len(i.Failed) > 0 {
		err = fmt.Errorf("%d users were not imported", len(i.Failed))
	}
	return err
}
