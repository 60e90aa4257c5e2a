package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// tokenCommand gets tokens, looks at them and judges them. A token opens doors, so it comes
// from standard input and never as an argument, which other people of the
// machine could read.
func (a *app) tokenCommand() *cobra.Command {
	command := &cobra.Command{Use: "token", Short: "Get tokens, look at them and verify them"}
	command.AddCommand(
		&cobra.Command{
			Use:   "inspect",
			Short: "Show what tokens say, from standard input, a line each; nothing is verified",
			Args:  cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				_, err := eachLine(a.in, func(token string) error { return a.inspect(token) })
				return err
			},
		},
		a.tokenVerifyCommand(),
		a.tokenGetCommand(),
	)
	return command
}

// eachLine calls do with every line of r, which may be of any length, and returns
// how many there were. The line feed is the only thing that is taken off.
func eachLine(r io.Reader, do func(line string) error) (lines int, err error) {
	reader := bufio.NewReader(r)
	for {
		line, err := reader.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return lines, err
		}
		if line == "" { // the end
			break
		}
		if err := do(strings.TrimSuffix(line, "\n")); err != nil {
			return lines, err
		}
		lines++
	}
	if lines == 0 {
		return 0, errors.New("no token on standard input")
	}
	return lines, nil
}

func (a *app) inspect(token string) error {
	seen, err := look(token)
	if err != nil {
		return err
	}
	return a.print(seen, func(w io.Writer) {
		for _, part := range []json.RawMessage{seen.Header, seen.Claims} {
			indented, _ := json.MarshalIndent(part, "", "  ") // valid JSON: look made sure
			fmt.Fprintf(w, "%s\n", indented)
		}
		for name, date := range seen.dates() {
			fmt.Fprintf(w, "%s: %s\n", name, date)
		}
		if seen.Problem != "" {
			fmt.Fprintf(w, "would be refused: %s\n", seen.Problem)
		}
	})
}
