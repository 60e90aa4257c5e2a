package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// What the examples are run with is what they tell people to install.
func TestExamplesRunWithWhatTheyPin(t *testing.T) {
	pin := regexp.MustCompile(`(?m)^\s*"?([A-Za-z][\w-]*)(?:\[\w+\])?"?(?:==|: ")(\d[^",\s]*)"?,?$`)
	for _, files := range [][2]string{
		{"fastapi/requirements.txt", "../requirements.txt"},
		{"express/package.json", "../package.json"},
	} {
		theirs, err := os.ReadFile(filepath.Join(examples, files[0]))
		check(t, err)
		ours, err := os.ReadFile(files[1])
		check(t, err)
		pins := pin.FindAllStringSubmatch(string(theirs), -1)
		if len(pins) < 2 {
			t.Errorf("%s pins %q", files[0], pins)
		}
		installed := map[string]string{}
		for _, p := range pin.FindAllStringSubmatch(string(ours), -1) {
			installed[p[1]] = p[2]
		}
		for _, p := range pins {
			if installed[p[1]] != p[2] {
				t.Errorf("%s pins %s %s, and the tests have %q", files[0], p[1], p[2], installed[p[1]])
			}
		}
	}
}
