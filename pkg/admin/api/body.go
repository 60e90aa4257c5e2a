package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const maxBodyBytes = 64 << 10

// Media types of what is sent.
const (
	jsonType  = "application/json"
	patchType = "application/merge-patch+json" // RFC 7396 §4
)

// takes is the media type that the route's content has, "" for none.
func (r route) takes() string {
	switch {
	case r.in == nil:
		return ""
	case r.method == http.MethodPatch:
		return patchType
	default:
		return jsonType
	}
}

// knows refuses a query that says something that means nothing here, or says it twice: a
// mistyped prefix would list everybody.
func (r route) knows(request *http.Request) error {
	query, err := url.ParseQuery(request.URL.RawQuery)
	if err != nil {
		return problem{malformed, "the query cannot be read"}
	}
	for name, values := range query {
		known := slices.ContainsFunc(r.query, func(p parameter) bool { return p.name == name })
		switch {
		case !known:
			return problem{malformed, "nothing can be asked here by " + strconv.QuoteToASCII(name)}
		case len(values) > 1:
			return problem{malformed, name + " is there twice"}
		}
	}
	return nil
}

// read returns the JSON that was sent to a route that takes any: one object, with no
// member twice, so that no two readers see two requests in it.
func (r route) read(w http.ResponseWriter, request *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBodyBytes))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return nil, problem{tooLarge, "at most 64 kB are taken"}
	}
	if err != nil {
		return nil, problem{malformed, "the content could not be read"}
	}
	wanted := r.takes()
	if len(body) == 0 && (wanted == "" || r.inOptional) {
		return nil, nil
	}
	if wanted == "" {
		return nil, problem{malformed, "this takes no content"}
	}
	if sent, _, err := mime.ParseMediaType(request.Header.Get("Content-Type")); err != nil || sent != wanted {
		return nil, problem{mediaType, "send " + wanted}
	}
	if _, err := jose.ParseClaims(body); err != nil {
		return nil, problem{malformed, "the content is not one JSON object without repeated members"}
	}
	return body, nil
}

// decode reads an object whose members all have a meaning, by their exact names: a
// mistyped one would be lost without a word, and encoding/json would take EMAIL for email.
func decode[T any](body []byte) (v T, err error) {
	var given map[string]json.RawMessage
	if len(body) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(body, &given); err != nil {
		return v, problem{malformed, "the content is not a JSON object"}
	}
	known := memberNames(reflect.TypeFor[T]())
	for name := range given {
		if !slices.Contains(known, name) {
			return v, problem{invalid, "nothing can be said here about " + name}
		}
	}
	delete(given, "attributes") // what a JSON attribute holds is its own affair
	if where := oauth.NullInList(given); where != "" {
		return v, problem{invalid, where + " must not be null"}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&v)
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped):
		return v, problem{invalid, jsonPath(known, mistyped.Field) + " must not be a " + mistyped.Value}
	case err != nil:
		return v, problem{invalid, "a member has not the form that it must have"}
	}
	return v, nil
}

// jsonPath is where a member is, without the Go names of embedded structs that
// encoding/json puts before it.
func jsonPath(known []string, path string) string {
	for rest := path; ; {
		first, after, more := strings.Cut(rest, ".")
		if slices.Contains(known, first) {
			return rest
		}
		if !more {
			return path
		}
		rest = after
	}
}

// memberNames lists the names of a struct's members in JSON, embedded ones included.
func memberNames(t reflect.Type) []string {
	var names []string
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			names = append(names, memberNames(field.Type)...)
		} else if name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// patched applies a merge patch to v, and reads the outcome as strictly as decode (RFC
// 7396 §2).
func patched[T any](v T, patch []byte) (T, error) {
	var zero T
	before, err := json.Marshal(v)
	if err != nil {
		return zero, err
	}
	var target, changes any
	if err := errors.Join(json.Unmarshal(before, &target), json.Unmarshal(patch, &changes)); err != nil {
		return zero, err
	}
	after, err := json.Marshal(merge(target, changes))
	if err != nil {
		return zero, err
	}
	return decode[T](after)
}

// merge is the function of RFC 7396 §2.
func merge(target, patch any) any {
	changes, isObject := patch.(map[string]any)
	if !isObject {
		return patch
	}
	object, isObject := target.(map[string]any)
	if !isObject {
		object = map[string]any{}
	}
	for name, value := range changes {
		if value == nil {
			delete(object, name)
		} else {
			object[name] = merge(object[name], value)
		}
	}
	return object
}
