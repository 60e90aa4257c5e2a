// Command tally runs `go test` with the arguments given, shows a line for each
// package and everything about a failure, and counts. Under CI=true a skipped test
// is a failure: what is skipped there is tested nowhere.
//
//	go run ./test/tally [-o FILE] -race ./...
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	args, file := os.Args[1:], ""
	if len(args) > 1 && args[0] == "-o" {
		file, args = args[1], args[2:]
	}
	t := tally{out: os.Stdout, held: make(map[identity][]string)}
	err := t.run(args)
	if err == nil && t.skipped > 0 && os.Getenv("CI") == "true" {
		err = errors.New("a test was skipped, which CI does not accept")
	}
	if err == nil && t.passed == 0 {
		err = errors.New("no test ran")
	}
	for _, f := range t.failures {
		fmt.Println("failed:", f.pkg, f.name)
	}
	fmt.Println(t.line())
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
	if err := write(file, t.line()); err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

// run lets go test speak and returns its verdict.
func (t *tally) run(args []string) error {
	command := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	command.Stderr = os.Stderr
	pipe, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	if err := t.read(pipe); err != nil {
		return err
	}
	if err := command.Wait(); err != nil {
		return fmt.Errorf("go test: %w", err)
	}
	return nil
}

func write(file, line string) error {
	if file == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(line+"\n"), 0o644)
}

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	ImportPath                    string // of a build event
	Elapsed                       float64
}

// identity names one test, or with an empty name its package.
type identity struct{ pkg, name string }

type tally struct {
	out                     io.Writer
	held                    map[identity][]string // output, shown should the test fail
	passed, failed, skipped int
	failures                []identity
}

func (t *tally) read(r io.Reader) error {
	decoder := json.NewDecoder(r)
	for {
		var e event
		if err := decoder.Decode(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read go test's events: %w", err)
		}
		t.take(e)
	}
}

func (t *tally) take(e event) {
	key := identity{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(t.out, e.Output)
	case "output":
		t.held[key] = append(t.held[key], e.Output)
	case "pass":
		t.end(key, e, "ok", &t.passed)
	case "skip":
		t.end(key, e, "skip", &t.skipped)
	case "fail":
		t.end(key, e, "FAIL", &t.failed)
	}
}

// end counts a test and forgets what it said, or shows it. A package counts for
// nothing unless it failed by itself: one that has no tests "skips", too.
func (t *tally) end(key identity, e event, verdict string, count *int) {
	said := t.held[key]
	delete(t.held, key)
	if key.name == "" {
		if verdict != "skip" {
			fmt.Fprintf(t.out, "%-4s %s %.1fs\n", verdict, key.pkg, e.Elapsed)
		}
		if verdict == "FAIL" && !slices.ContainsFunc(t.failures, func(f identity) bool { return f.pkg == key.pkg }) {
			t.failed++ // it did not compile, panicked, or ran out of time
			t.failures = append(t.failures, key)
			t.show(said)
			t.showOpen(key.pkg)
		}
		return
	}
	*count++
	if verdict != "ok" {
		t.show(said)
	}
	if verdict == "FAIL" {
		t.failures = append(t.failures, key)
	}
}

func (t *tally) show(said []string) {
	for _, line := range said {
		if !strings.HasPrefix(line, "=== ") {
			fmt.Fprint(t.out, line)
		}
	}
}

// showOpen shows what tests said that never ended.
func (t *tally) showOpen(pkg string) {
	for key, said := range t.held {
		if key.pkg == pkg {
			t.show(said)
			delete(t.held, key)
		}
	}
}

// line is the last one: read by people and by machines.
func (t *tally) line() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}
