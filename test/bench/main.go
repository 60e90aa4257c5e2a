// Command bench runs the module's benchmarks on one core, in interleaved passes,
// and prints the medians as one table with the floor beside each figure.
//
//	go run ./test/bench [-passes 5] [-time 300ms] [-bench REGEXP] [PACKAGE…]
//
// A benchmark's variants are its sub-benchmarks: BenchmarkVerify/ES256/floor is what
// the row Verify/ES256/ours is compared with, and so is any other variant beside it.
// Benchmarks whose two sides take turns report the ratio themselves; see turns.go.
// Other metrics that a benchmark reports under a unit of its own get a row each.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	passes := flag.Int("passes", 5, "how often each benchmark runs; the table holds the medians")
	duration := flag.String("time", "300ms", "how long a benchmark runs in one pass")
	pattern := flag.String("bench", ".", "which benchmarks to run")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	if err := run(*passes, packages, "-test.bench="+*pattern, "-test.benchtime="+*duration); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(passes int, packages []string, flags ...string) error {
	folder, err := os.MkdirTemp("", "ostiary-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	binaries, err := compile(folder, packages)
	if err != nil {
		return err
	}
	var r results
	for pass := range passes {
		for _, b := range binaries {
			fmt.Fprintf(os.Stderr, "bench: pass %d of %d: %s\n", pass+1, passes, b.pkg)
			output, err := b.run(flags)
			if err != nil {
				return err
			}
			r.read(output)
		}
	}
	fmt.Printf("%s, one core, medians of %d passes\n\n", runtime.Version(), passes)
	fmt.Print(r.table())
	return nil
}

// binary is a package's test program.
type binary struct{ pkg, dir, path string }

// compile builds the test program of each package that has a benchmark.
func compile(folder string, packages []string) ([]binary, error) {
	const format = `{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}`
	list := exec.Command("go", append([]string{"list", "-f", format}, packages...)...)
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var binaries []binary
	for line := range strings.Lines(string(output)) {
		pkg, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !benchmarks(dir) {
			continue
		}
		b := binary{pkg, dir, filepath.Join(folder, strings.ReplaceAll(pkg, "/", "_"))}
		build := exec.Command("go", "test", "-c", "-o", b.path, pkg)
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("build the benchmarks of %s: %w", pkg, err)
		}
		binaries = append(binaries, b)
	}
	return binaries, nil
}

func benchmarks(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go"))
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err == nil && bytes.Contains(source, []byte("\nfunc Benchmark")) {
			return true
		}
	}
	return false
}

// run is one pass, in the package's folder as go test would run it.
func (b binary) run(flags []string) (string, error) {
	command := exec.Command(b.path, append([]string{"-test.run=^$", "-test.benchmem", "-test.cpu=1"}, flags...)...)
	command.Dir, command.Stderr = b.dir, os.Stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("benchmarks of %s: %w\n%s", b.pkg, err, output)
	}
	return string(output), nil
}
