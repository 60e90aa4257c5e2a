package authorizer

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

// misfits lists, each with its place in the document, the members that the type has no
// field for, the values of another kind than it wants, and those that are null: null
// would be taken for absent, which opens what somebody meant to close.
func misfits(where string, value any, t reflect.Type) config.Faults {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if value == nil {
		return config.Faults{fmt.Sprintf("settings: %s is null: give it a value, or leave it out", where)}
	}
	if t == reflect.TypeFor[Duration]() {
		text, _ := json.Marshal(value) // it was JSON before
		if err := new(Duration).UnmarshalJSON(text); err != nil {
			return config.Faults{fmt.Sprintf("settings: %s: %v", where, err)}
		}
		return nil
	}
	if got, want := kindOf(value), kindWanted(t); got != want {
		return config.Faults{fmt.Sprintf("settings: %s is %s, and must be %s", where, got, want)}
	}
	var faults config.Faults
	switch v := value.(type) {
	case []any:
		for i, element := range v {
			faults = append(faults, misfits(fmt.Sprintf("%s[%d]", where, i), element, t.Elem())...)
		}
	case map[string]any:
		fields := fieldsOf(t)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			full, field := strings.TrimPrefix(where+"."+name, "."), fields[name]
			if t.Kind() == reflect.Map {
				field = t.Elem()
			}
			if field == nil {
				names := strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
				faults = append(faults, fmt.Sprintf("settings: nothing is called %s; there may be: %s", full, names))
				continue
			}
			faults = append(faults, misfits(full, v[name], field)...)
		}
	}
	return faults
}

// fieldsOf are the members of an object by the names that the document has for them.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t.Kind() != reflect.Struct {
		return nil
	}
	fields := map[string]reflect.Type{}
	for field := range t.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			fields[name] = field.Type
		}
	}
	return fields
}

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case float64:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

func kindWanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "a number"
	}
}
