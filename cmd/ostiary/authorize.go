package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/authorizer/cedar"
	"github.com/ostiary-auth/ostiary/pkg/config"
)

// authorize replays an event at the gate.
type authorize struct {
	*app
	settings string
}

func (a *app) authorizeCommand() *cobra.Command {
	z := &authorize{app: a}
	c := &cobra.Command{
		Use:   "authorize EVENT.json",
		Short: "Show how the authorizer decides on a captured event, step by step",
		Long: `Show how the authorizer decides on an event of any flavour, step by step, and what
it answers. The token is not printed.

EVENT.json may be - for standard input. Settings come from the environment, as for
the function, or from the file that --settings names.`,
		Example: `  # The sample's token is nobody's: put a good one in its place, beside serve --demo.
  TOKEN=$(ostiary token get --json | jq -r .access_token)
  sed "s/Bearer [^\"]*/Bearer $TOKEN/" events/authorizer/rest-api-request.json |
    ISSUER=http://localhost:8080 AUDIENCE=http://localhost:8080 ostiary authorize -

  ostiary authorize --settings settings.json --json - < event.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return z.run(c.Context(), args[0]) },
	}
	c.Flags().StringVar(&z.settings, "settings", "", "a file with the authorizer's settings")
	return c
}

func (z *authorize) run(ctx context.Context, event string) error {
	payload, err := z.readFile(event)
	if err != nil {
		return err
	}
	settings, err := z.read()
	if err != nil {
		return err
	}
	if settings, err = cedar.Open(settings); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(z.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	gate, err := authorizer.Open(ctx, settings.With(z.gateTables()), config.Secret, log)
	if err != nil {
		return err
	}
	explained := gate.Explain(ctx, payload)
	if err := z.print(explained, func(w io.Writer) { tell(w, explained) }); err != nil {
		return err
	}
	if explained.Event == "" {
		return errors.New("the authorizer does not know this event, and refuses it")
	}
	return nil
}

func (z *authorize) read() (authorizer.Settings, error) {
	if z.settings != "" {
		document, err := os.ReadFile(z.settings)
		if err != nil {
			return authorizer.Settings{}, err
		}
		return authorizer.ParseSettings(document)
	}
	cfg, err := config.FromEnv()
	if err != nil {
		return authorizer.Settings{}, err
	}
	return authorizer.SettingsFrom(cfg)
}

// tell writes the explanation for a person.
func tell(w io.Writer, x authorizer.Explanation) {
	if x.Event != "" {
		fmt.Fprintf(w, "event     %s\n", x.Event)
		fmt.Fprintf(w, "request   %s %s\n", x.Method, x.Path)
	}
	if x.Route != "" {
		fmt.Fprintf(w, "route     %s\n", x.Route)
	}
	for i, step := range x.Steps {
		fmt.Fprintf(w, "%d. %-20s %s", i+1, step.Step, step.Outcome)
		if step.Detail != "" {
			fmt.Fprintf(w, ": %s", step.Detail)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "outcome   %s\n", x.Outcome)
	if x.Steps == nil && x.Reason != "" {
		fmt.Fprintf(w, "reason    %s\n", x.Reason)
	}
	for _, challenge := range x.Challenges {
		fmt.Fprintf(w, "challenge %s\n", challenge)
	}
	switch {
	case x.Error != "":
		fmt.Fprintf(w, "answer    the invocation fails: %s\n", x.Error)
	case x.Answer != nil:
		answer, _ := json.MarshalIndent(x.Answer, "", "  ") // the gate made it
		fmt.Fprintf(w, "answer    %s\n", answer)
	}
}
