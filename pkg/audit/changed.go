package audit

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Changed names the members in which the JSON of two values differs, but for those in
// skip. It says what was changed and not to what, for that may be anybody's business.
func Changed(before, after any, skip ...string) []string {
	was, is := members(before), members(after)
	var names []string
	for name, value := range is {
		if !bytes.Equal(value, was[name]) {
			names = append(names, name)
		}
	}
	for name := range was {
		if _, stays := is[name]; !stays {
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(skip, name) })
	slices.Sort(names)
	return names
}

func members(v any) map[string]json.RawMessage {
	var found map[string]json.RawMessage
	if encoded, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(encoded, &found) // of what was encoded just now
	}
	return found
}
