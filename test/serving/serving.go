// Package serving runs the program itself, built from this tree, and speaks to its
// command line: `ostiary serve` in a folder of its own, until the test ends.
package serving

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a program that serves.
type Server struct {
	Issuer string
	binary string
	data   string
	log    *Log
}

// Start builds the program and serves until the test ends, with the flags given and
// settings added to the environment as NAME=value.
func Start(t testing.TB, settings []string, flags ...string) *Server {
	t.Helper()
	s := &Server{binary: filepath.Join(t.TempDir(), "ostiary"), data: filepath.Join(t.TempDir(), "data"), log: &Log{}}
	// Unlike go build, go run links what has not changed once, for all tests of all packages.
	if out, err := exec.CommandContext(t.Context(), "go", "run", "-exec", "cp", "github.com/ostiary-auth/ostiary/cmd/ostiary", s.binary).CombinedOutput(); err != nil {
		t.Fatalf("go run: %v\n%s", err, out)
	}
	// t.Context ends before the cleanups run; the server is to end after them.
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	command := exec.CommandContext(ctx, s.binary, append([]string{"serve", "--addr", "127.0.0.1:0", "--data", s.data}, flags...)...)
	command.Env = append(os.Environ(), settings...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGINT) }
	command.WaitDelay = 15 * time.Second
	command.Stderr = s.log
	out, err := command.StdoutPipe()
	check(t, err)
	check(t, command.Start())
	t.Cleanup(func() {
		cancel()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("the server said:\n%s", s.log)
		}
	})
	s.Issuer = listening(t, out, s.log)
	return s
}

// listening waits for the line that says where the server is, and lets the rest go
// to the log.
func listening(t testing.TB, out io.Reader, log *Log) string {
	t.Helper()
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("serve ended: %v\n%s", err, log)
		}
		if rest, found := strings.CutPrefix(line, "Ostiary is listening on "); found {
			go func() { _, _ = io.Copy(log, lines) }()
			where, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return where
		}
	}
}

// Run runs a command of the program on the server's folder and returns what it
// prints.
func (s *Server) Run(t testing.TB, in io.Reader, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), s.binary, append(args, "--json", "--data", s.data)...)
	command.Stdin = in
	var out, stderr bytes.Buffer
	command.Stdout, command.Stderr = &out, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("ostiary %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out.Bytes()
}

// Client is what a client must know about itself.
type Client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

// AddClient registers a client with metadata as RFC 7591 §2 names it.
func (s *Server) AddClient(t testing.TB, metadata map[string]any) (made Client) {
	t.Helper()
	content, err := json.Marshal(metadata)
	check(t, err)
	check(t, json.Unmarshal(s.Run(t, bytes.NewReader(content), "client", "add", "-f", "-"), &made))
	return made
}

// AddUser adds a person with standard claims.
func (s *Server) AddUser(t testing.TB, username, password string, claims map[string]any) {
	t.Helper()
	content, err := json.Marshal(claims)
	check(t, err)
	file := filepath.Join(t.TempDir(), "claims.json")
	check(t, os.WriteFile(file, content, 0o600))
	s.Run(t, strings.NewReader(password+"\n"), "user", "add", username, "-f", file)
}

// Log is what the server wrote so far.
func (s *Server) Log() string { return s.log.String() }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Shell is a shell's function ostiary, which runs the program on the server's folder.
func (s *Server) Shell() string {
	return "ostiary() { '" + s.binary + "' \"$@\" --data '" + s.data + "'; }\n"
}
