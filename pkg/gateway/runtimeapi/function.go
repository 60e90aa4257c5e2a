// Package runtimeapi answers "what does the built binary do?": it is Lambda's
// Runtime API for one process, so that what is deployed can be run and spoken to
// on any machine. It judges nothing and changes nothing on the way.
package runtimeapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Function is a running Lambda environment: one process of a binary. It may be
// invoked concurrently, and takes as many invocations at once as the binary asks
// for: one, unless AWS_LAMBDA_MAX_CONCURRENCY says more.
type Function struct {
	command *exec.Cmd
	server  *http.Server
	waiting chan *invocation // to be fetched by the binary

	started time.Time
	init    time.Duration
	ready   chan struct{} // closed at the first next
	exited  chan struct{} // closed when the process has ended
	output  *tail

	mu      sync.Mutex // guards the rest
	running map[string]*invocation
	first   sync.Once
}

// invocation is one event on its way.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan outcome
}

type outcome struct {
	answer []byte
	err    error
}

// FunctionError is what a function reported as its failure. Its text is the
// function's own, as API Gateway reads it.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error returns the function's text.
func (e *FunctionError) Error() string { return e.Message }

// Start runs the binary in an environment like Lambda's, to which env is added,
// and returns when it asks for its first event. Its output goes to log. The caller
// must call Close.
func Start(ctx context.Context, binary string, env map[string]string, log io.Writer) (*Function, error) {
	path, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Function{
		waiting: make(chan *invocation), ready: make(chan struct{}), exited: make(chan struct{}),
		running: map[string]*invocation{}, output: &tail{},
	}
	f.server = &http.Server{Handler: f.api(), ReadHeaderTimeout: time.Minute}
	f.command = exec.Command(path)
	f.command.Dir = filepath.Dir(path)
	f.command.Env = environment(path, listener.Addr().String(), env)
	out := io.MultiWriter(log, f.output)
	f.command.Stdout, f.command.Stderr = out, out // one writer: exec makes its calls take turns
	f.started = time.Now()
	go func() { _ = f.server.Serve(listener) }() // ends at Close
	if err := f.command.Start(); err != nil {
		return nil, errors.Join(err, f.server.Close())
	}
	go func() {
		_ = f.command.Wait() // told by ProcessState
		close(f.exited)
	}()
	select {
	case <-f.ready:
		return f, nil
	case <-f.exited:
		return nil, errors.Join(f.gone(), f.server.Close())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), f.Close())
	}
}

// environment is what Lambda sets, with the credentials of nobody.
func environment(path, address string, more map[string]string) []string {
	name := filepath.Base(filepath.Dir(path))
	env := map[string]string{
		"AWS_LAMBDA_RUNTIME_API":          address,
		"AWS_REGION":                      "us-east-1",
		"AWS_DEFAULT_REGION":              "us-east-1",
		"AWS_ACCESS_KEY_ID":               "local",
		"AWS_SECRET_ACCESS_KEY":           "local",
		"AWS_SESSION_TOKEN":               "local",
		"AWS_LAMBDA_FUNCTION_NAME":        name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      "local",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"_HANDLER":                        "bootstrap",
		"LAMBDA_TASK_ROOT":                filepath.Dir(path),
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"TZ":                              ":UTC",
		"PATH":                            "/usr/local/bin:/usr/bin:/bin",
	}
	maps.Copy(env, more)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// InitDuration is how long the process took from its start to its first next.
func (f *Function) InitDuration() time.Duration { return f.init }

// CPUTime is what the process has used altogether, once it is closed.
func (f *Function) CPUTime() time.Duration {
	return f.command.ProcessState.UserTime() + f.command.ProcessState.SystemTime()
}

// Invoke sends an event and returns the answer, or the *FunctionError that the
// function reported, no later than ctx ends. The function is told ctx's deadline,
// or one in 5 seconds.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(5 * time.Second)
	}
	i := &invocation{rand.Text(), payload, deadline, make(chan outcome, 1)}
	f.mu.Lock()
	f.running[i.id] = i
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		delete(f.running, i.id)
		f.mu.Unlock()
	}()
	select {
	case f.waiting <- i:
	case <-f.exited:
		return nil, f.gone()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case o := <-i.done:
		return o.answer, o.err
	case <-f.exited:
		return nil, f.gone()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close ends the process as Lambda does, without a warning.
func (f *Function) Close() error {
	_ = f.command.Process.Kill() // it may have ended by itself
	<-f.exited
	return f.server.Close()
}

// gone tells how the process ended.
func (f *Function) gone() error {
	return &ProcessError{State: f.command.ProcessState.String(), Output: f.output.String()}
}

// ProcessError is the end of a process that should have gone on.
type ProcessError struct {
	State  string // the exit code or the signal
	Output string // the end of what it wrote
}

// Error tells both, for those who do not follow the log.
func (e *ProcessError) Error() string {
	return fmt.Sprintf("the function's process has ended: %s\n%s", e.State, e.Output)
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - 4<<10; over > 0 {
		t.kept = bytes.Clone(t.kept[over:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
