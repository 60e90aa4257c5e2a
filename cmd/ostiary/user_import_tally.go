package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// What is remembered of a run, however long the file is.
const (
	maxShownFailures = 100
	maxNames         = 1000
	otherNames       = "(others)"
)

// tally is what a run comes to, and the runs before that it goes on with.
type tally struct {
	DryRun   bool           `json:"dry_run,omitempty"`
	Imported int            `json:"imported"`
	Updated  int            `json:"updated"`
	Skipped  int            `json:"skipped"`
	Refused  int            `json:"refused"`
	Failed   []fate         `json:"failed"` // the first of the refused
	Left     map[string]int `json:"not_imported,omitempty"`

	GroupsMade  []string       `json:"groups_made,omitempty"`
	Groups      map[string]int `json:"groups_needed,omitempty"`
	Attributes  map[string]int `json:"attributes_needed,omitempty"`
	Guarded     []string       `json:"groups_that_administer,omitempty"` // that nobody joined
	UnusedNames []string       `json:"unused_names,omitempty"`           // of --map
}

// fate is what has become of one user, who was not imported as a whole.
type fate struct {
	Place    string   `json:"place"`
	Username string   `json:"username,omitempty"`
	Outcome  string   `json:"outcome"`
	Reason   string   `json:"reason,omitempty"`
	Left     []string `json:"not_imported,omitempty"`

	attributes, groups []string // that would have to be here
	made               []string // groups
	guarded            string   // a group that administers
}

// add counts one user, and returns the line of the report, nil where there is nothing to
// report.
func (t *tally) add(what fate) ([]byte, error) {
	switch identity.Outcome(what.Outcome) {
	case identity.Imported:
		t.Imported++
	case identity.Updated:
		t.Updated++
	case identity.Skipped:
		t.Skipped++
		what.Reason = "is there already"
	default:
		t.Refused++
		what.Left = nil
		if len(t.Failed) < maxShownFailures {
			t.Failed = append(t.Failed, what)
		}
	}
	addNames(&t.Left, what.Left)
	addNames(&t.Attributes, what.attributes)
	addNames(&t.Groups, what.groups)
	t.GroupsMade = append(t.GroupsMade, what.made...)
	if what.guarded != "" && !slices.Contains(t.Guarded, what.guarded) && len(t.Guarded) < maxNames {
		t.Guarded = append(t.Guarded, what.guarded)
	}
	if what.Reason == "" && len(what.Left) == 0 {
		return nil, nil
	}
	line, err := json.Marshal(what)
	return append(line, '\n'), err
}

// addNames counts names. One that comes once a user would fill the memory.
func addNames(counts *map[string]int, names []string) {
	for _, name := range names {
		if *counts == nil {
			*counts = map[string]int{}
		}
		if _, known := (*counts)[name]; !known && len(*counts) >= maxNames {
			name = otherNames
		}
		(*counts)[name]++
	}
}

// kept is a tally that does not change when this one counts on.
func (t tally) kept() tally {
	t.Failed, t.GroupsMade, t.Guarded = slices.Clone(t.Failed), slices.Clone(t.GroupsMade), slices.Clone(t.Guarded)
	t.Left, t.Groups, t.Attributes = maps.Clone(t.Left), maps.Clone(t.Groups), maps.Clone(t.Attributes)
	return t
}

func (t *tally) total() string {
	return fmt.Sprintf("%d users %simported, %d updated, %d skipped, %d refused", t.Imported, t.would(), t.Updated, t.Skipped, t.Refused)
}

func (t *tally) would() string {
	if t.DryRun {
		return "would be "
	}
	return ""
}

// shown writes one line to a person. The names and reasons in it are of the file's making,
// that is of strangers': a terminal would obey what some hold, or take it for our next line.
func shown(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, printable(fmt.Sprintf(format, args...)))
}

// write tells a person all of it.
func (t *tally) write(out, err io.Writer) {
	for _, bad := range t.Failed {
		shown(err, "%s: %s", bad.Place, bad.Reason)
	}
	if more := t.Refused - len(t.Failed); more > 0 {
		shown(err, "and %d more; --report FILE names them all", more)
	}
	fmt.Fprintln(out, t.total())
	for _, name := range slices.Sorted(maps.Keys(t.Left)) {
		shown(out, "not imported: %s, of %d users", name, t.Left[name])
	}
	if len(t.GroupsMade) > 0 {
		shown(out, "groups %smade: %s", t.would(), strings.Join(t.GroupsMade, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Groups)) {
		shown(out, "needed: group %s, for %d users; --create-groups makes it", name, t.Groups[name])
	}
	for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
		shown(out, "needed: attribute %s, for %d users; ostiary attribute add %s --scope SCOPE makes it, --map another of it", name, t.Attributes[name], name)
	}
	for _, name := range t.Guarded {
		shown(out, "%s administers this provider, so nobody joins by the file alone: --map '%s=GROUP' says that they shall", name, name)
	}
	for _, name := range t.UnusedNames {
		shown(err, "--map: %s is nowhere in the file", name)
	}
}
