package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// explainUsage lets every command that has its arguments counted say how it is used:
// "accepts 2 arg(s), received 1" does not tell which one is missing.
func explainUsage(command *cobra.Command) {
	for _, sub := range command.Commands() {
		explainUsage(sub)
	}
	count := command.Args
	if count == nil || command.HasSubCommands() { // those say which subcommand there is not
		return
	}
	command.Args = func(command *cobra.Command, args []string) error {
		if err := count(command, args); err != nil {
			return fmt.Errorf("%w\nusage: %s", err, command.UseLine())
		}
		return nil
	}
}

// changesAnything refuses an update that names nothing to change.
func changesAnything(command *cobra.Command) error {
	given := false
	command.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { given = given || f.Changed })
	if !given {
		return errors.New("what is to change? Give one of the flags")
	}
	return nil
}

// version is what the Go command noted down when it built this program.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
