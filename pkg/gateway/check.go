package gateway

import (
	"errors"
	"os"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

// Check ends a function that cannot start, fast and with one clear line: exit code
// 2 for a wrong configuration, 1 for everything else.
func Check(err error) {
	if err == nil {
		return
	}
	NewLogger(os.Stdout, "info").Error("cannot start", "err", err.Error())
	var faults config.Faults
	if errors.As(err, &faults) {
		os.Exit(2)
	}
	os.Exit(1)
}
