package authorizer

import (
	"encoding/json"
	"strconv"
	"strings"
)

// newAnswer has room for what most answers are.
func newAnswer() []byte { return make([]byte, 0, 768) }

// appendContext writes the values as a JSON object.
func appendContext(b []byte, values []contextValue) []byte {
	b = append(b, '{')
	for n, v := range values {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, v.key), ':')
		switch value := v.value.(type) {
		case string:
			b = appendText(b, value)
		case bool:
			b = strconv.AppendBool(b, value)
		case int64:
			b = strconv.AppendInt(b, value, 10)
		default:
			encoded, _ := json.Marshal(value) // a number of a token, which was JSON before
			b = append(b, encoded...)
		}
	}
	return append(b, '}')
}

// appendText writes a JSON string (RFC 8259 §7). What needs an escape, or could be wrong
// UTF-8, is left to encoding/json.
func appendText(b []byte, s string) []byte {
	if strings.ContainsFunc(s, notPlain) {
		encoded, _ := json.Marshal(s) // every string can be written
		return append(b, encoded...)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// notPlain is true of what cannot stand in a JSON string as it is, and of all that is
// not ASCII.
func notPlain(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }
