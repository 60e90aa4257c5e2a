package jose

import (
	"fmt"
	"time"
)

// Claims are the claims of a JWT, as decoded: string, float64, bool, nil, []any,
// map[string]any. Names match byte for byte; encoding/json would take EXP for
// exp.
type Claims map[string]any

// latestTime is the end of the year 9999 in seconds since 1970: what is written
// later cannot be meant.
const latestTime = 253402300799

// ParseClaims reads a payload that is one JSON object, strictly (RFC 7519 §7.2).
func ParseClaims(payload []byte) (Claims, error) {
	return parseObject(string(payload))
}

// String returns a claim that must be a string (RFC 7519 §2, StringOrURI).
func (c Claims) String(name string) (value string, present bool, err error) {
	claim, present := c[name]
	if !present {
		return "", false, nil
	}
	value, ok := claim.(string)
	if !ok {
		return "", true, fmt.Errorf("%s is not a string", name)
	}
	return value, true, nil
}

// Strings returns a claim that is a string or an array of strings, such as aud
// (RFC 7519 §4.1.3).
func (c Claims) Strings(name string) (values []string, present bool, err error) {
	switch claim := c[name].(type) {
	case string:
		return []string{claim}, true, nil
	case []any:
		values = make([]string, len(claim))
		for i, element := range claim {
			value, ok := element.(string)
			if !ok {
				return nil, true, fmt.Errorf("%s holds something that is not a string", name)
			}
			values[i] = value
		}
		return values, true, nil
	}
	if _, present = c[name]; !present {
		return nil, false, nil
	}
	return nil, true, fmt.Errorf("%s is neither a string nor an array of strings", name)
}

// Time returns a claim that must be a NumericDate (RFC 7519 §2) after 1970 and
// not after 9999.
func (c Claims) Time(name string) (value time.Time, present bool, err error) {
	claim, present := c[name]
	if !present {
		return time.Time{}, false, nil
	}
	seconds, _ := claim.(float64) // what is no number is no date either
	if !(seconds > 0 && seconds <= latestTime) {
		return time.Time{}, true, fmt.Errorf("%s is not a date between 1970 and 9999", name)
	}
	whole := int64(seconds)
	return time.Unix(whole, int64((seconds-float64(whole))*1e9)), true, nil
}
