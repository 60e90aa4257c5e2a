package userfile

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// as returns the value as JSON of an attribute's type. Of JSON the provider's own check
// says whether it fits; text is read as the type asks.
func (v Value) as(a oauth.Attribute) (json.RawMessage, error) {
	if v.JSON != nil {
		return v.JSON, nil
	}
	if a.Type == oauth.StringsAttribute || a.Type == oauth.JSONAttribute && len(v.Texts) != 1 {
		return json.Marshal(v.Texts)
	}
	text, one := v.text()
	if !one {
		return nil, fmt.Errorf("%s has %d values, and the attribute %s is one %s", v.Name, len(v.Texts), a.Name, a.Type)
	}
	switch a.Type {
	case oauth.NumberAttribute:
		if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) {
			return nil, fmt.Errorf("%s is no number, as the attribute %s must be", v.Name, a.Name)
		}
		return json.RawMessage(text), nil
	case oauth.BooleanAttribute:
		is, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%s is neither true nor false, as the attribute %s must be", v.Name, a.Name)
		}
		return json.Marshal(is)
	case oauth.JSONAttribute:
		if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
			if !json.Valid([]byte(text)) {
				return nil, fmt.Errorf("%s is no JSON, as the attribute %s must be", v.Name, a.Name)
			}
			return json.RawMessage(text), nil
		}
	}
	return json.Marshal(text)
}
