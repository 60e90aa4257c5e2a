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

// share tells how much of a whole is done, as a bar and in percent.
func share(done, whole int64) string {
	const width = 24
	done = min(done, whole)
	filled := int(done * width / whole)
	return fmt.Sprintf("[%s%s] %3d%% ", strings.Repeat("#", filled), strings.Repeat(".", width-filled), done*100/whole)
}
