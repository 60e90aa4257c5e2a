package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/audit"
)

// auditExportCommand copies the trail into a file.
func (a *app) auditExportCommand() *cobra.Command {
	var since time.Duration
	command := &cobra.Command{
		Use:   "export FILE",
		Short: "Append events to a file, a line of JSON each, the oldest first",
		Long: `Append events to a file, a line of JSON each, the oldest first, up to ten seconds ago. Where the file
is there, it goes on after its last event: run it again after it broke off, or every day.`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return a.withTrail(command.Context(), func(ctx context.Context, b *backend) error {
				return a.exportEvents(ctx, b.trail, args[0], since)
			})
		},
	}
	command.Flags().DurationVar(&since, "since", 0, "begin a new file so long ago, 720h say; 0 begins with the oldest")
	return command
}

func (a *app) exportEvents(ctx context.Context, trail *audit.Trail, path string, since time.Duration) error {
	var begin time.Time
	if since > 0 {
		begin = time.Now().Add(-since)
	}
	file, err := trail.OpenCopy(path, begin)
	if err != nil {
		return err
	}
	trail.Record(ctx, audit.Event{Kind: audit.DataExported, Object: "audit trail"})
	var done, last atomic.Int64
	stop := a.progress(func() string {
		return fmt.Sprintf("%s, up to %s", counted(done.Load(), "event"), time.Unix(last.Load(), 0).UTC().Format(time.DateTime))
	})
	n, err := file.Next(ctx, func(e audit.Event) {
		done.Add(1)
		last.Store(e.Time.Unix())
	})
	stop()
	if err != nil {
		return err
	}
	return a.print(map[string]int{"exported": n}, func(w io.Writer) { fmt.Fprintf(w, "%s exported\n", counted(n, "event")) })
}

// auditKindsCommand shows the catalogue.
func (a *app) auditKindsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "kinds", Short: "List the kinds of events, and what they say", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.print(audit.Catalogue(), func(w io.Writer) {
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				for _, m := range audit.Catalogue() {
					fmt.Fprintf(table, "%s\t%s\n", m.Kind, m.Meaning)
				}
				_ = table.Flush()
			})
		},
	}
}
