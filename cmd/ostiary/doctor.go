package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

// finding is the outcome of one check, and what to do about it.
type finding struct {
	Check  string `json:"check"`
	Status status `json:"status"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"`
}

type status string

const (
	fine    status = "ok"
	odd     status = "warning" // works, and may not be meant
	failing status = "failed"
)

// doctor checks one deployment. A check that needs what an earlier one did not get
// is left out: there is one cause to mend, not five.
type doctor struct {
	*app
	now      func() time.Time
	issuer   string // --issuer
	cfg      config.Config
	findings []finding
}

// doctorCommand says whether everything is in order.
func (a *app) doctorCommand() *cobra.Command {
	var issuer string
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Check configuration, tables, keys, issuer URL and clock, and say what to do",
		Long: `Check configuration, tables, keys, people, issuer URL and clock of the local folder, or with
--aws of the deployment that the environment describes, and say what to do.

The exit code is 0 when nothing failed, 1 when something did, 2 when the
configuration is wrong. A warning fails nothing.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			d := &doctor{app: a, now: time.Now, issuer: issuer}
			faults := d.examine(command.Context())
			report := struct {
				OK     bool      `json:"ok"`
				Checks []finding `json:"checks"`
			}{d.failures() == 0, d.findings}
			if err := a.print(report, func(w io.Writer) { printFindings(w, d.findings) }); err != nil {
				return err
			}
			if failures := d.failures(); failures > 0 {
				return unwell{failures, faults}
			}
			return nil
		},
	}
	command.Flags().StringVar(&issuer, "issuer", "", "the issuer, when it is neither in ISSUER nor the demo's")
	return command
}

// examine makes the checks in order.
func (d *doctor) examine(ctx context.Context) config.Faults {
	faults := d.checkConfiguration()
	if len(faults) > 0 {
		return faults
	}
	if _, err := os.Stat(d.data); !d.aws && errors.Is(err, os.ErrNotExist) {
		d.fail("tables", "there is no folder "+d.data, "make it with: ostiary serve --demo")
		return nil
	}
	b, err := d.open(ctx)
	if err != nil {
		d.fail("tables", explained(err).Error(), d.advice("stop what has the folder open, or look at its mode",
			"look at USER_TABLE, STATE_TABLE, KMS_KEY_ID and at the permissions of your AWS profile"))
		return nil
	}
	defer func() { _ = b.close() }()
	if !d.checkTables(ctx, b) {
		return nil
	}
	kids := d.checkKeys(ctx, b)
	d.checkPeople(ctx, b)
	d.checkDeletions(ctx, b)
	d.checkIssuer(ctx, kids)
	return nil
}

// advice chooses between the words for the local folder and for AWS.
func (d *doctor) advice(local, deployed string) string {
	if d.aws {
		return deployed
	}
	return local
}

func (d *doctor) pass(check, format string, args ...any) {
	d.findings = append(d.findings, finding{check, fine, fmt.Sprintf(format, args...), ""})
}

func (d *doctor) warn(check, detail, advice string) {
	d.findings = append(d.findings, finding{check, odd, detail, advice})
}

func (d *doctor) fail(check, detail, advice string) {
	d.findings = append(d.findings, finding{check, failing, detail, advice})
}

func (d *doctor) failures() int {
	failures := 0
	for _, f := range d.findings {
		if f.Status == failing {
			failures++
		}
	}
	return failures
}

// unwell is the end of a doctor that found something. Its exit code is 2 when that
// was the configuration.
type unwell struct {
	failures int
	faults   config.Faults
}

func (u unwell) Error() string { return fmt.Sprintf("failed checks: %d", u.failures) }

func (u unwell) Unwrap() error {
	if len(u.faults) == 0 {
		return nil
	}
	return u.faults
}

func printFindings(w io.Writer, findings []finding) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, f := range findings {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Status, f.Check, f.Detail)
		repeated := i+1 < len(findings) && findings[i+1].Advice == f.Advice
		if f.Advice != "" && !repeated { // below the last of those that it mends
			fmt.Fprintf(table, "\t\t-> %s\n", f.Advice)
		}
	}
	_ = table.Flush()
}
