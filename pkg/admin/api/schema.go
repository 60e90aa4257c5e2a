package api

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// schemas are the JSON Schemas (draft 2020-12, as OpenAPI 3.1 §4.8.24 has it) of the Go
// types that are sent and answered, by name.
type schemas map[string]object

// of returns the schema of a type; that of a struct stands by its name, and is referred
// to.
func (s schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Slice:
		return object{"type": []string{"array", "null"}, "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.named(t)
	default: // any value
		return object{}
	}
}

// named describes a struct. It holds nothing but its members: what is not described is
// refused when it is sent, and is a mistake of ours when it is answered.
func (s schemas) named(t reflect.Type) object {
	name := schemaName(t)
	if _, known := s[name]; !known {
		s[name] = nil // for a type that holds itself
		properties, required := s.members(t)
		s[name] = closed(properties, required)
	}
	return reference(name)
}

// patch describes a merge patch of a struct: any member may be left out, and null removes
// it (RFC 7396 §1).
func (s schemas) patch(t reflect.Type) object {
	name := schemaName(t) + "Patch"
	properties, _ := s.members(t)
	for member, schema := range properties {
		properties[member] = object{"anyOf": []any{schema, object{"type": "null"}}}
	}
	s[name] = closed(properties, nil)
	return reference(name)
}

func closed(properties object, required []string) object {
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// members describes a struct's members, embedded ones included, as encoding/json has
// them. Those that are never left out are required.
func (s schemas) members(t reflect.Type) (object, []string) {
	properties, required := object{}, []string(nil)
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported() && !field.Anonymous:
		case field.Anonymous && name == "":
			more, needed := s.members(field.Type)
			for member, schema := range more {
				properties[member] = schema
			}
			required = append(required, needed...)
		default:
			properties[name] = s.of(field.Type)
			if !strings.Contains(options, "omit") {
				required = append(required, name)
			}
		}
	}
	return properties, required
}

// schemaName is a type's name, List[pkg.User] being UserList.
func schemaName(t reflect.Type) string {
	name := t.Name()
	if list, of, generic := strings.Cut(name, "["); generic {
		of = strings.TrimSuffix(of, "]")
		return of[strings.LastIndexByte(of, '.')+1:] + list
	}
	return name
}
