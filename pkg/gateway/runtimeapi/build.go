package runtimeapi

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// Build compiles the main package at source, in the module of folder, to the file
// output with the flags that are deployed, for this machine.
func Build(ctx context.Context, folder, source, output string) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "nethttpomithttp2,lambda.norpc",
		"-ldflags", "-s -w", "-o", output, source)
	build.Dir = folder
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if message, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", source, err, message)
	}
	return nil
}
