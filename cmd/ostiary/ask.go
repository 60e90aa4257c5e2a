package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ask gets a secret: twice from a terminal, without echo, else as the first line
// of standard input. Secrets are never arguments, which every user of the machine
// can read.
func (a *app) ask(ctx context.Context, prompt string) (oauth.Secret, error) {
	terminal, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return secretLine(a.in)
	}
	first, err := a.hidden(ctx, terminal, prompt)
	if err != nil {
		return "", err
	}
	again, err := a.hidden(ctx, terminal, "Once more")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two are not the same")
	}
	return oauth.Secret(first), nil
}

// secretLine reads the first line, without its end.
func secretLine(r io.Reader) (oauth.Secret, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if line == "" {
		return "", errors.New("nothing on standard input; give the secret or password there, on the first line")
	}
	return oauth.Secret(line), nil
}

// hidden reads a line without echo. An interrupt ends it and brings the echo back.
func (a *app) hidden(ctx context.Context, terminal *os.File, prompt string) (string, error) {
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	type result struct {
		line []byte
		err  error
	}
	typed := make(chan result, 1)
	fmt.Fprintf(a.err, "%s: ", prompt)
	go func() {
		line, err := term.ReadPassword(fd)
		typed <- result{line, err}
	}()
	defer fmt.Fprintln(a.err)
	select {
	case r := <-typed:
		return string(r.line), r.err
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
