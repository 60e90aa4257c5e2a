package oauth

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// NullInList returns where in the members of a JSON object a null stands among a list's
// values, or as a member of an object among them, as in claims_mapping[0].from; "" where
// none does. Such a null would be read as an empty text, which says something else. A
// member of an object outside lists may be null, which stands for nothing (RFC 7592 §2.2),
// and what lies deeper in an object of a list, such as a constant of claims_mapping, is its
// own affair.
func NullInList(given map[string]json.RawMessage) string {
	members := make(map[string]any, len(given))
	for name, value := range given {
		var decoded any
		if json.Unmarshal(value, &decoded) == nil {
			members[name] = decoded
		}
	}
	return nullWithin(members)
}

// nullWithin puts the way together from its end: on the way down it would grow with the
// square of how deep a stranger's document is.
func nullWithin(members map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		switch value := members[name].(type) {
		case []any:
			if where := nullAmong(value); where != "" {
				return name + where
			}
		case map[string]any:
			if where := nullWithin(value); where != "" {
				return name + "." + where
			}
		}
	}
	return ""
}

func nullAmong(list []any) string {
	for n, one := range list {
		if one == nil {
			return fmt.Sprintf("[%d]", n)
		}
		object, _ := one.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if object[name] == nil {
				return fmt.Sprintf("[%d].%s", n, name)
			}
		}
	}
	return ""
}
