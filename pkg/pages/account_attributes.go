package pages

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// attributeInput is an attribute of the operator's as its person sees or types it.
type attributeInput struct {
	Name    string // of its input, which no claim of ours has
	Label   string
	Type    oauth.AttributeType
	Value   string
	Writes  bool   // the person may change it
	Problem string // word, "" for none
}

const attributePrefix = "attribute."

// attributeInputs are those that the person may see.
func attributeInputs(schema []oauth.Attribute, values identity.Values, problems map[string]string) []attributeInput {
	inputs := make([]attributeInput, len(schema))
	for n, a := range schema {
		inputs[n] = attributeInput{
			Name: attributePrefix + a.Name, Label: a.Description, Type: a.Type, Value: attributeText(a, values[a.Name]),
			Writes: a.SelfService == oauth.WriteOwn, Problem: problems[attributePrefix+a.Name],
		}
		if a.Description == "" {
			inputs[n].Label = a.Name
		}
	}
	return inputs
}

// attributeText is a value as it is typed.
func attributeText(a oauth.Attribute, value json.RawMessage) string {
	var text string
	var list []string
	switch {
	case a.Type == oauth.StringAttribute && json.Unmarshal(value, &text) == nil:
		return text
	case a.Type == oauth.StringsAttribute && json.Unmarshal(value, &list) == nil:
		return strings.Join(list, "\n")
	default:
		return string(value)
	}
}

// attributeValue is what was typed, as a value; nil for nothing.
func attributeValue(a oauth.Attribute, typed string) json.RawMessage {
	typed = strings.TrimSpace(typed)
	switch {
	case typed == "":
		return nil
	case a.Type == oauth.StringAttribute:
		value, _ := json.Marshal(typed) // text can be encoded
		return value
	case a.Type == oauth.StringsAttribute:
		var list []string
		for line := range strings.Lines(typed) {
			if line = strings.TrimSpace(line); line != "" {
				list = append(list, line)
			}
		}
		value, _ := json.Marshal(list)
		return value
	default:
		return json.RawMessage(typed)
	}
}

// typedAttributes puts what was typed in the place of what the person may change, and
// adds the words of what is wrong with it. What they may not change stays, whatever a
// form says.
func typedAttributes(schema []oauth.Attribute, before identity.Values, typed oauth.Params, problems map[string]string) identity.Values {
	after := maps.Clone(before)
	if after == nil {
		after = identity.Values{}
	}
	for _, a := range schema {
		if a.SelfService != oauth.WriteOwn {
			continue
		}
		value := attributeValue(a, typed.Get(attributePrefix+a.Name))
		if value == nil {
			delete(after, a.Name)
			continue
		}
		if (identity.Values{a.Name: value}).Of(a) == nil {
			problems[attributePrefix+a.Name] = "problem_attribute"
		}
		after[a.Name] = value
	}
	return after
}
