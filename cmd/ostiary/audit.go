package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// auditCommand shows what happened. Nothing here changes it: nothing can.
func (a *app) auditCommand() *cobra.Command {
	command := &cobra.Command{Use: "audit", Short: "See what happened, who did it, and from where"}
	command.AddCommand(a.auditListCommand(), a.auditExportCommand(), a.auditKindsCommand())
	return command
}

// auditQuery is what the flags of audit list say.
type auditQuery struct {
	user, client, address string
	kinds                 []string
	since                 time.Duration
	limit                 int
	follow                bool
}

func (a *app) auditListCommand() *cobra.Command {
	var q auditQuery
	command := &cobra.Command{
		Use: "list", Short: "List events, the newest first", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.withTrail(command.Context(), func(ctx context.Context, b *backend) error {
				query, err := q.resolve(ctx, b, time.Now())
				if err != nil {
					return err
				}
				if q.follow {
					return a.follow(ctx, b.trail, query)
				}
				return a.listEvents(ctx, b.trail, query, q.limit)
			})
		},
	}
	flags := command.Flags()
	flags.StringVar(&q.user, "user", "", "events of this person, by username or sub; the sub of a deleted one, too")
	flags.StringVar(&q.client, "client", "", "events of this client")
	flags.StringVar(&q.address, "address", "", "who signed in from this address or its network, or tried")
	flags.StringSliceVar(&q.kinds, "kind", nil, "events of these kinds, or of all that begin so: sign_in,password")
	flags.DurationVar(&q.since, "since", 0, "events of this time, 24h say; all that are kept of a person or client, else of 30 days")
	flags.IntVar(&q.limit, "limit", 100, "list at most so many; 0 lists all")
	flags.BoolVar(&q.follow, "follow", false, "show events as they come, the oldest first")
	return command
}

// resolve makes a query of the flags.
func (q auditQuery) resolve(ctx context.Context, b *backend, now time.Time) (audit.Query, error) {
	query := audit.Query{Client: q.client, Address: q.address}
	if q.since > 0 {
		query.Since = now.Add(-q.since)
	}
	if q.user != "" {
		var err error
		if query.Subject, err = subject(ctx, b, q.user); err != nil {
			return audit.Query{}, err
		}
	}
	for _, word := range q.kinds {
		found := len(query.Kinds)
		for _, known := range audit.Catalogue() {
			if name := string(known.Kind); name == word || strings.HasPrefix(name, word+".") {
				query.Kinds = append(query.Kinds, known.Kind)
			}
		}
		if len(query.Kinds) == found {
			return audit.Query{}, fmt.Errorf("there is no kind %s; ostiary audit kinds lists them", word)
		}
	}
	return query, nil
}

// subject is the sub of whom a name means: of somebody who is here, or of somebody who is
// no more, of whom events are kept. A name that was mistyped is neither's, and an empty
// list would say that nothing happened.
func subject(ctx context.Context, b *backend, name string) (string, error) {
	user, err := b.people().ByUsername(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		user, err = b.people().Get(ctx, name)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return user.ID, err
	}
	kept, _, err := b.trail.Search(ctx, audit.Query{Subject: name, Limit: 1})
	if err == nil && len(kept) == 0 {
		err = fmt.Errorf("there is no user %s, and no event of somebody who had that sub", name)
	}
	return name, err
}

func (a *app) listEvents(ctx context.Context, trail *audit.Trail, query audit.Query, limit int) error {
	events := []audit.Event{}
	for query.Limit = limit; ; {
		page, next, err := trail.Search(ctx, query)
		if err != nil {
			return err
		}
		events = append(events, page...)
		if next == (audit.Cursor{}) || limit > 0 && len(events) >= limit {
			break
		}
		query.After = next
		query.Limit = max(0, limit-len(events))
	}
	return a.print(events, func(w io.Writer) {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "TIME\tKIND\tOUTCOME\tBY\tSUB\tCLIENT\tFROM\tABOUT")
		for _, e := range events {
			fmt.Fprintln(table, row(e))
		}
		_ = table.Flush()
	})
}

// row is an event on one line, for a person to read.
func row(e audit.Event) string {
	about := slices.DeleteFunc([]string{e.Object, e.Method, strings.Join(e.Changed, ","), e.Reason}, func(s string) bool { return s == "" })
	cells := []string{
		e.Time.Local().Format(time.DateTime), string(e.Kind), string(e.Outcome), strings.TrimSuffix(string(e.Actor.Type)+" "+e.Actor.ID, " "),
		e.Subject, e.Client, e.Address, strings.Join(about, "; "),
	}
	for i, cell := range cells {
		if cell == "" {
			cells[i] = "-"
		}
		cells[i] = printable(cells[i])
	}
	return strings.Join(cells, "\t")
}

// withTrail opens what --data or --aws names.
func (a *app) withTrail(ctx context.Context, run func(context.Context, *backend) error) error {
	b, err := a.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(explained(run(ctx, b)), b.close())
}
