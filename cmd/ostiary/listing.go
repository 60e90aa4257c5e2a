package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// prefix is the optional argument of the list commands.
func prefix(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// window is which part of a list is wanted.
type window struct {
	limit int
	after string
}

// register has a command that lists take the window, by the names of what it lists.
func (f *window) register(command *cobra.Command, names string) *cobra.Command {
	command.Flags().IntVar(&f.limit, "limit", 0, "list at most so many; 0 lists all")
	command.Flags().StringVar(&f.after, "after", "", "begin after this "+names)
	return command
}

// columns writes a table: its titles, and of each thing a row of cells.
func columns[T any](w io.Writer, titles string, all []T, row func(T) []any) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.ReplaceAll(titles, " ", "\t"))
	for _, one := range all {
		cells := row(one)
		for i, cell := range cells { // some are what strangers call themselves
			cells[i] = printable(fmt.Sprint(cell))
		}
		fmt.Fprintf(table, strings.Repeat("%v\t", len(cells)-1)+"%v\n", cells...)
	}
	_ = table.Flush() // to where the rows went already
}

// listed reads page after page, as many as the window has, all when it has no limit.
func listed[T any](
	ctx context.Context, list func(context.Context, string, store.Page) ([]T, store.Page, error), prefix string, f window,
) ([]T, error) {
	all := []T{} // an empty list is [] in JSON
	for page := (store.Page{Limit: f.limit, After: f.after}); ; {
		found, next, err := list(ctx, prefix, page)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if next == (store.Page{}) || f.limit > 0 {
			return all, nil
		}
		page = next
	}
}

// indented shows a record to a person: all of it, a member a line.
func indented(w io.Writer, v any) {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(v) // records are made of text, numbers and times
}

// explained leaves the error codes out, which are for programs.
func explained(err error) error {
	var expected *oauth.Error
	if errors.As(err, &expected) {
		return errors.New(expected.Description)
	}
	return err
}

// counted is so many things of a kind, whose plural ends in s.
func counted[N int | int64](n N, kind string) string {
	if n == 1 {
		return "1 " + kind
	}
	return fmt.Sprintf("%d %ss", n, kind)
}
