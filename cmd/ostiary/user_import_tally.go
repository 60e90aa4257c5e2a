package main

import (
	"encoding/json"
	"maps"
	"slices"

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
	Administer  map[string]int `json:"groups_that_administer_joined,omitempty"`
	UnusedNames []string       `json:"unused_names,omitempty"` // of --map
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
	guarded            string   // a group that administers, and is not joined
	administer         []string // groups that do, and are joined
}

// add counts one user, and returns the line of the report, nil where there is nothing to
// report.
func (t *tally) add(what fate) ([]byte, error) {
	switch identity.Outcome(what.Outcome) {
	case identity.Imported:
		t.Imported++
		addNames(&t.Administer, what.administer)
	case identity.Updated:
		t.Updated++
		addNames(&t.Administer, what.administer)
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
	t.Administer = maps.Clone(t.Administer)
	return t
}
