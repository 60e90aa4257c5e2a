package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Values are what a person has of attributes, as JSON by the attribute's name.
type Values map[string]json.RawMessage

// fitted holds values to the schema. Of what was there before and has not changed
// nothing is asked, but that there still is such an attribute: a schema may have grown
// stricter since. What is null is left out, and so is what has no attribute any more.
func (u *Users) fitted(ctx context.Context, before, values Values) (Values, error) {
	if len(values) == 0 {
		return nil, nil
	}
	schema, err := u.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	fit := Values{}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		i, known := findAttribute(schema, name)
		old, stood := before[name]
		same := stood && bytes.Equal(old, value)
		switch {
		case !known && same, string(value) == "null":
			continue
		case !known:
			return nil, oauth.InvalidRequest.Errorf("there is no attribute %s", printable(name))
		case !same:
			if value, err = fitOne(schema[i], value); err != nil {
				return nil, err
			}
		}
		fit[name] = value
		total += len(name) + len(value)
	}
	if total > maxClaimsBytes {
		return nil, oauth.InvalidRequest.Errorf("the attributes are longer than %d bytes", maxClaimsBytes)
	}
	if len(fit) == 0 {
		return nil, nil
	}
	return fit, nil
}

// Of returns what a person has of an attribute, nil for nothing: also where it is of a
// former attribute of that name and would be none of this one.
func (v Values) Of(a oauth.Attribute) json.RawMessage {
	value, ok := v[a.Name]
	if !ok {
		return nil
	}
	if _, err := fitOne(a, value); err != nil {
		return nil
	}
	return value
}

// fitOne holds one value to its attribute, and returns it as it is kept.
func fitOne(a oauth.Attribute, value json.RawMessage) (json.RawMessage, error) {
	refused := func(why string) (json.RawMessage, error) {
		return nil, oauth.InvalidRequest.Errorf("%s %s", a.Name, why)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil { // before it stands inside of anything
		return refused("is no JSON")
	}
	if compact.Len() > a.Max {
		return nil, oauth.InvalidRequest.Errorf("%s is longer than %d bytes", a.Name, a.Max)
	}
	// Strictly, as whoever checks a token does: no member twice, no depth without end.
	decoded, err := jose.ParseClaims(slices.Concat([]byte(`{"value":`), compact.Bytes(), []byte(`}`)))
	if err != nil {
		return refused("is JSON that readers understand in different ways")
	}
	if !ofType(a.Type, decoded["value"]) {
		return refused("must be " + map[oauth.AttributeType]string{
			oauth.StringAttribute:  "text without control characters",
			oauth.NumberAttribute:  "a number",
			oauth.BooleanAttribute: "true or false",
			oauth.StringsAttribute: "a list of texts without control characters",
		}[a.Type])
	}
	return compact.Bytes(), nil
}

// ofType reports whether a decoded value is one of the type.
func ofType(t oauth.AttributeType, value any) bool {
	switch t {
	case oauth.StringAttribute:
		return isText(value)
	case oauth.NumberAttribute:
		_, ok := value.(float64)
		return ok
	case oauth.BooleanAttribute:
		_, ok := value.(bool)
		return ok
	case oauth.StringsAttribute:
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(each any) bool { return !isText(each) })
	default:
		return t == oauth.JSONAttribute
	}
}

func isText(value any) bool {
	text, ok := value.(string)
	return ok && !strings.ContainsFunc(text, unicode.IsControl)
}

// printable shortens a name that a stranger gave, for a message.
func printable(name string) string {
	if !oauth.IsClaimName(name) {
		return "of such a name"
	}
	return name
}
