// Command ostiary serves the provider from one folder, and looks after users,
// clients and keys there or in deployed tables.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

func main() {
	os.Exit(run())
}

// run returns the exit code: 1 for a failure, 2 for a wrong configuration.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	err := a.root().ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "ostiary:", err)
	var faults config.Faults
	if errors.As(err, &faults) {
		return 2
	}
	return 1
}
