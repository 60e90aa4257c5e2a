package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// userFactorsCommand shows what somebody proves themselves by beside their password, and
// helps who has lost it.
func (a *app) userFactorsCommand() *cobra.Command {
	command := &cobra.Command{
		Use: "factors USER", Short: "Show a user's passkeys, authenticator app and recovery codes", Args: cobra.ExactArgs(1),
		RunE: a.withPerson(func(ctx context.Context, p person, _ []string) error {
			set, err := p.factors.Of(ctx, p.ID)
			if err != nil {
				return err
			}
			return a.print(shownFactors(p, set), func(w io.Writer) { tableOfFactors(w, set) })
		}),
	}
	command.AddCommand(a.userFactorsRemoveCommand())
	return command
}

func (a *app) userFactorsRemoveCommand() *cobra.Command {
	var all, app, recovery bool
	var passkeys []string
	command := &cobra.Command{
		Use:   "remove USER",
		Short: "Remove factors of a user who has lost them",
		Long: `Remove factors of a user who has lost them. Make sure who it is that asks: from then on their password is enough,
except where two factors are demanded, and there whoever knows the password adds the next one.`,
		Args: cobra.ExactArgs(1),
		RunE: a.withPerson(func(ctx context.Context, p person, _ []string) error {
			if all == (app || recovery || len(passkeys) > 0) {
				return errors.New("what is to go? Give --all, or any of --passkey ID, --app and --recovery-codes")
			}
			if all {
				return a.done(p.User, "has no other factor than the password", p.factors.RemoveAll(ctx, p.ID))
			}
			return a.done(p.User, "has lost these factors", p.removeFactors(ctx, passkeys, app, recovery))
		}),
	}
	flags := command.Flags()
	flags.BoolVar(&all, "all", false, "remove all")
	flags.BoolVar(&app, "app", false, "remove the authenticator app")
	flags.BoolVar(&recovery, "recovery-codes", false, "remove the recovery codes")
	flags.StringArrayVar(&passkeys, "passkey", nil, "remove the passkey of this ID; can be given several times")
	return command
}

func (p person) removeFactors(ctx context.Context, passkeys []string, app, recovery bool) error {
	for _, id := range passkeys {
		err := p.factors.RemovePasskey(ctx, p.ID, id)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s has no passkey %s", p.Username, id)
		}
		if err != nil {
			return err
		}
	}
	if app {
		if err := p.factors.RemoveApp(ctx, p.ID); err != nil {
			return err
		}
	}
	if recovery {
		return p.factors.RemoveRecoveryCodes(ctx, p.ID)
	}
	return nil
}

// factorsShown is what is shown of a user's factors: nothing that could be used.
type factorsShown struct {
	Subject       string         `json:"sub"`
	Username      string         `json:"username"`
	Passkeys      []passkeyShown `json:"passkeys"`
	App           *factor.App    `json:"app"`
	RecoveryCodes int            `json:"recovery_codes"`
}

type passkeyShown struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Synced  bool      `json:"synced"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
}

func shownFactors(p person, set factor.Set) factorsShown {
	shown := factorsShown{Subject: p.ID, Username: p.Username, Passkeys: []passkeyShown{}, App: set.App, RecoveryCodes: set.RecoveryCodes}
	for _, each := range set.Passkeys {
		shown.Passkeys = append(shown.Passkeys, passkeyShown{each.Handle(), each.Name, each.Synced, each.Created, each.Used})
	}
	return shown
}

func tableOfFactors(w io.Writer, set factor.Set) {
	if !set.Any() {
		fmt.Fprintln(w, "none but the password")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FACTOR\tADDED\tUSED\tID\tNAME")
	for _, p := range set.Passkeys {
		fmt.Fprintf(table, "passkey\t%s\t%s\t%s\t%s\n", minute(p.Created), lastUsed(p.Used), p.Handle(), printable(p.Name))
	}
	if set.App != nil {
		fmt.Fprintf(table, "app\t%s\t%s\t\t\n", minute(set.App.Created), lastUsed(set.App.Used))
	}
	table.Flush()
	fmt.Fprintf(w, "%d recovery codes left\n", set.RecoveryCodes)
}

// lastUsed is when something was used, for a table.
func lastUsed(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return minute(t)
}
