package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// terminal reports whether progress is shown to a person.
func (a *app) terminal() bool {
	file, ok := a.err.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// share tells how much of a whole is done, in percent, and where a person looks as a bar.
func share(done, whole int64, bar bool) string {
	const width = 24
	done = min(done, whole)
	percent := fmt.Sprintf("%3d%% ", done*100/whole)
	if !bar {
		return percent
	}
	filled := int(done * width / whole)
	return "[" + strings.Repeat("#", filled) + strings.Repeat(".", width-filled) + "] " + percent
}
