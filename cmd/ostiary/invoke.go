package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
)

// invoke runs one event through a function as Lambda would.
type invoke struct {
	*app
	timeout time.Duration
}

func (a *app) invokeCommand() *cobra.Command {
	i := &invoke{app: a}
	c := &cobra.Command{
		Use:   "invoke FUNCTION EVENT.json",
		Short: "Run a built function with an event, as Lambda does",
		Long: `Run a built function over Lambda's Runtime API, send it one event and print its
answer. What the function logs goes to standard error.

FUNCTION is a binary, or the name of a folder in functions/, which is built first.
EVENT.json may be - for standard input; events/ has a sample for every function
and flavour. Settings come from the environment, as in docs/configuration.md.`,
		Example: `  # The sample's token is nobody's: put a good one in its place. The demo's issuer is
  # also the audience of its tokens.
  TOKEN=$(ostiary token get --json | jq -r .access_token)
  sed "s/Bearer [^\"]*/Bearer $TOKEN/" events/authorizer/rest-api-token.json |
    ISSUER=http://localhost:8080 AUDIENCE=http://localhost:8080 ostiary invoke authorizer -`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return i.run(c.Context(), args[0], args[1]) },
	}
	c.Flags().DurationVar(&i.timeout, "timeout", 30*time.Second, "how long the function may take")
	return c
}

func (i *invoke) run(ctx context.Context, function, event string) error {
	payload, err := i.readFile(event)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "ostiary-invoke-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary, err := i.binary(ctx, function, folder)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, i.timeout)
	defer cancel()
	f, err := runtimeapi.Start(ctx, binary, environ(), i.err)
	if err != nil {
		return failure(err)
	}
	defer func() { _ = f.Close() }()
	start := time.Now()
	answer, err := f.Invoke(ctx, payload)
	took := time.Since(start)
	_ = f.Close() // before we write where the function's log goes
	fmt.Fprintf(i.err, "init %s, invocation %s\n", f.InitDuration().Round(time.Microsecond), took.Round(time.Microsecond))
	if err != nil {
		return failure(err)
	}
	_, err = fmt.Fprintf(i.out, "%s\n", answer)
	return err
}

// failure leaves out what the function's log has said already.
func failure(err error) error {
	var failed *runtimeapi.FunctionError
	if errors.As(err, &failed) {
		return fmt.Errorf("the function failed with %s: %s", failed.Type, failed.Message)
	}
	var ended *runtimeapi.ProcessError
	if errors.As(err, &ended) {
		return fmt.Errorf("the function's process has ended: %s", ended.State)
	}
	return err
}

// binary finds the function's program, or builds it into folder for this machine.
func (i *invoke) binary(ctx context.Context, function, folder string) (string, error) {
	if info, err := os.Stat(function); err == nil && info.Mode().IsRegular() {
		return function, nil
	}
	source := filepath.Join("functions", function)
	if _, err := os.Stat(filepath.Join(source, "main.go")); err != nil {
		return "", fmt.Errorf("%s is no binary, and there is no %s here", function, source)
	}
	fmt.Fprintf(i.err, "Building %s ...\n", source)
	binary := filepath.Join(folder, function, "bootstrap")
	return binary, runtimeapi.Build(ctx, ".", "./"+source, binary)
}
