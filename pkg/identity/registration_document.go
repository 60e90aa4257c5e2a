package identity

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ParseRegistration reads a JSON object of client metadata. Members that mean nothing
// here are ignored (RFC 7591 §2) and named; null stands for nothing. Names count byte
// for byte, and none may be there twice, so that no two readers see two clients in one
// document. The error is invalid_client_metadata.
func ParseRegistration(document []byte) (r Registration, ignored []string, err error) {
	if _, err := jose.ParseClaims(document); err != nil {
		return Registration{}, nil, oauth.InvalidClientMetadata.Errorf("not one strict JSON object: %w", err)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(document, &given); err != nil {
		return Registration{}, nil, oauth.InvalidClientMetadata.Errorf("not a JSON object: %w", err)
	}
	known := memberNames(reflect.TypeFor[Registration]())
	for name, value := range given {
		switch {
		case !slices.Contains(known, name): // encoding/json would take CLIENT_NAME for client_name
			ignored = append(ignored, name)
			delete(given, name)
		case string(value) == "null": // RFC 7592 §2.2
			delete(given, name)
		}
	}
	slices.Sort(ignored)
	if where := oauth.NullInList(given); where != "" {
		return Registration{}, nil, oauth.InvalidClientMetadata.Errorf("%s must not be null", where)
	}
	understood, err := json.Marshal(given)
	if err == nil {
		err = json.Unmarshal(understood, &r)
	}
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return Registration{}, nil, oauth.InvalidClientMetadata.Errorf("%s must not be a %s", mistyped.Field, mistyped.Value)
	}
	if err != nil {
		return Registration{}, nil, oauth.InvalidClientMetadata.Errorf("%s", oauth.AsError(err).Description)
	}
	return r, ignored, nil
}

// memberNames lists the names of a struct's members in JSON, embedded ones included.
func memberNames(t reflect.Type) []string {
	var names []string
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			names = append(names, memberNames(field.Type)...)
			continue
		}
		names = append(names, name)
	}
	return names
}
