package oauth

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Bounds of a form that a stranger sends.
const (
	MaxFormBytes  = 64 << 10
	maxFormFields = 64
)

// Params are the parameters of one request, each with exactly one non-empty
// value. Their only source is ParseParams, so holding them means that nothing
// was repeated (RFC 6749 §3.1, §3.2).
type Params struct{ values map[string]string }

// ParseParams reads an application/x-www-form-urlencoded form. A parameter sent
// without a value counts as omitted (RFC 6749 §3.2). It returns invalid_request
// for a repeated parameter (resource too, although RFC 8707 §2 would allow it:
// one token, one audience), for broken encoding, for text that is not UTF-8 or
// holds NUL, and for more than 64 fields or 64 kB.
func ParseParams(form string) (Params, error) {
	if len(form) > MaxFormBytes {
		return Params{}, InvalidRequest.Errorf("the form is longer than %d bytes", MaxFormBytes)
	}
	if strings.Count(form, "&") >= maxFormFields {
		return Params{}, InvalidRequest.Errorf("more than %d form fields", maxFormFields)
	}
	values := map[string]string{}
	seen := map[string]bool{}
	for field := range strings.SplitSeq(form, "&") {
		if field == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(field, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return Params{}, InvalidRequest.Errorf("the form's encoding is broken")
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return Params{}, InvalidRequest.Errorf("the form's encoding is broken")
		}
		if !clean(name) || !clean(value) {
			return Params{}, InvalidRequest.Errorf("the form is not UTF-8 text")
		}
		if seen[name] {
			return Params{}, InvalidRequest.Errorf("parameter %s is repeated", shorten(name))
		}
		seen[name] = true
		if value != "" {
			values[name] = value
		}
	}
	return Params{values}, nil
}

// Get returns the value of the parameter, "" when it was omitted.
func (p Params) Get(name string) string { return p.values[name] }

// Has reports whether the parameter was sent with a value.
func (p Params) Has(name string) bool { return p.values[name] != "" }

// Require returns the value of the parameter, or invalid_request when it was
// omitted.
func (p Params) Require(name string) (string, error) {
	if v := p.values[name]; v != "" {
		return v, nil
	}
	return "", InvalidRequest.Errorf("parameter %s is missing", name)
}

func clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func shorten(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
