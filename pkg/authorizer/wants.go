package authorizer

import (
	"net/textproto"
	"strings"
)

// wants are the headers that some check reads, by their canonical names, and
// whether any reads the query: of an event nothing else is kept, which is most of
// what it would cost to read one.
type wants struct {
	headers []string
	all     bool // every header
	query   bool
}

// header returns the canonical name, "" for what nobody reads. Format 2.0 has names
// in lower case, REST APIs the caller's own.
func (w wants) header(name string) string {
	for _, known := range w.headers {
		if len(known) == len(name) && strings.EqualFold(known, name) {
			return known
		}
	}
	if w.all {
		return textproto.CanonicalMIMEHeaderKey(name)
	}
	return ""
}

func (w wants) parameter(name string) string {
	if w.query {
		return name
	}
	return ""
}
