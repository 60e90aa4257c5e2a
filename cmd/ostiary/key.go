package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// keyCommand looks after signing keys.
func (a *app) keyCommand() *cobra.Command {
	command := &cobra.Command{Use: "key", Short: "Look after signing keys"}
	command.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the signing keys, all of which are published", Args: cobra.NoArgs,
			RunE: a.withRing(func(ctx context.Context, ring *keys.Ring, _ []string) error {
				found, err := ring.List(ctx)
				if errors.Is(err, store.ErrNotFound) {
					found, err = []keys.Info{}, nil
				}
				if err != nil {
					return err
				}
				return a.print(found, func(w io.Writer) { printKeys(w, found) })
			}),
		},
		a.keyRotateCommand(),
	)
	return command
}

func (a *app) keyRotateCommand() *cobra.Command {
	var now, withdraw bool
	command := &cobra.Command{
		Use:   "rotate [ALG ...]",
		Short: "Replace the signing keys of these algorithms, or of all, before their time",
		Long: `Replace the signing keys of these algorithms, or of all, before their time.

A new key is published at once and takes over after KEY_PUBLISH_AHEAD, so nobody
notices. Rotation on schedule needs no command: serve and the rotate function do it.`,
		RunE: a.withRing(func(ctx context.Context, ring *keys.Ring, args []string) error {
			algs := make([]oauth.Alg, len(args))
			for i, arg := range args {
				algs[i] = oauth.Alg(arg)
			}
			fmt.Fprintln(a.err, "Rotating keys ...")
			report, err := ring.RotateNow(ctx, takeover(now, withdraw), algs...)
			if err != nil {
				return err
			}
			return a.print(report, func(w io.Writer) { printReport(w, report) })
		}),
	}
	flags := command.Flags()
	flags.BoolVar(&now, "now", false, "sign with the new keys within a minute; verifiers that cache keys may refuse tokens for a while")
	flags.BoolVar(&withdraw, "withdraw", false, "a key has leaked: publish no other key any longer, which voids all tokens; implies --now")
	return command
}

func takeover(now, withdraw bool) keys.Takeover {
	switch {
	case withdraw:
		return keys.Withdrawing
	case now:
		return keys.AtOnce
	default:
		return keys.Announced
	}
}

// withRing runs a command on the keys of what --data or --aws names.
func (a *app) withRing(run func(context.Context, *keys.Ring, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		b, err := a.open(command.Context())
		if err != nil {
			return err
		}
		return errors.Join(explained(run(command.Context(), b.ring, args)), b.close())
	}
}

func printReport(w io.Writer, report keys.Report) {
	if len(report.Made) == 0 && len(report.Removed) == 0 {
		fmt.Fprintln(w, "No key had to be made: those that are published take over.")
	} else {
		fmt.Fprintf(w, "Keys made: %d, withdrawn: %d.\n", len(report.Made), len(report.Removed))
	}
	printKeys(w, report.Keys)
}

func printKeys(w io.Writer, found []keys.Info) {
	columns(w, "ALG STATE KID CREATED SIGNS_FROM UNTIL", found, func(k keys.Info) []any {
		until := "-"
		if !k.Retires.IsZero() {
			until = k.Retires.Format(time.DateTime)
		}
		return []any{k.Alg, k.State, k.ID, k.Created.Format(time.DateTime), k.Activates.Format(time.DateTime), until}
	})
}
