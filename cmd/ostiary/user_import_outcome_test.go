package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
)

// A file's words are printed as one line each that does nothing to a terminal, wherever
// they stand. Some can be no such word today: which, is decided elsewhere.
func TestNothingOfAFileReachesATerminalAsItIs(t *testing.T) {
	const sly = "a\x1b[2J\n2 users imported\u202e"
	one := map[string]int{sly: 1}
	for name, told := range map[string]tally{
		"the place of who is refused": {Failed: []fate{{Place: sly}}},
		"why they are":                {Failed: []fate{{Reason: sly}}},
		"administers":                 {Administer: one},
		"not imported":                {Left: one},
		"groups made":                 {GroupsMade: []string{sly}},
		"a group that is needed":      {Groups: one},
		"an attribute that is needed": {Attributes: one},
		"a group that is guarded":     {Guarded: []string{sly}},
		"--map":                       {UnusedNames: []string{sly}},
	} {
		var printed bytes.Buffer
		told.write(&printed, &printed)
		whole := printed.String()
		if strings.Count(whole, "\n") != 2 || strings.ContainsFunc(whole, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) || !strings.Contains(whole, "a?[2J?2 users imported?") {
			t.Errorf("%s: got %q", name, whole)
		}
	}
}
