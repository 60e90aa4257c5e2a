package authorizer

import (
	"encoding/json"
	"errors"
	"iter"
	"slices"
)

// Both are more than any event has.
const (
	maxDepth   = 32
	maxMembers = 64 // of an object that API Gateway writes
)

// scanner reads from an event the few members that matter and skips the others,
// which costs an eighth of what encoding/json takes. Its errors stick: after one,
// everything is empty. Strings share the memory of text.
type scanner struct {
	text  string
	pos   int
	depth int
	err   error
}

var errJSON = errors.New("authorizer: the event is not JSON of the expected types")

func (s *scanner) fail() {
	s.err, s.pos = errJSON, len(s.text)
}

// peek returns the next byte after white space, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// members ranges over the names of an object, none for null. The loop's body must
// consume each value.
func (s *scanner) members() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !s.open('{') {
			return
		}
		for first := true; s.err == nil && !s.take('}'); first = false {
			if !first && !s.take(',') {
				s.fail()
				return
			}
			if s.peek() != '"' {
				s.fail()
				return
			}
			name := s.string()
			if !s.take(':') {
				s.fail()
				return
			}
			if !yield(name) {
				return
			}
		}
		s.depth--
	}
}

// once is members of an object that API Gateway itself writes, where a name that comes
// twice is nothing of its own: whoever reads the first and whoever reads the last would
// judge two requests.
func (s *scanner) once() iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := make([]string, 0, 24)
		for name := range s.members() {
			if len(seen) == maxMembers || slices.Contains(seen, name) {
				s.fail()
				return
			}
			seen = append(seen, name)
			if !yield(name) {
				return
			}
		}
	}
}

// elements ranges over an array, nothing for null. The body must consume each.
func (s *scanner) elements() iter.Seq[int] {
	return func(yield func(int) bool) {
		if !s.open('[') {
			return
		}
		for i := 0; s.err == nil && !s.take(']'); i++ {
			if i > 0 && !s.take(',') {
				s.fail()
				return
			}
			if !yield(i) {
				return
			}
		}
		s.depth--
	}
}

// open consumes the bracket, or null, for which it is false.
func (s *scanner) open(bracket byte) bool {
	if s.null() {
		return false
	}
	if s.depth++; !s.take(bracket) || s.depth > maxDepth {
		s.fail()
		return false
	}
	return true
}

func (s *scanner) null() bool {
	if s.peek() != 'n' {
		return false
	}
	s.literal("null")
	return true
}

func (s *scanner) literal(word string) {
	if len(s.text)-s.pos < len(word) || s.text[s.pos:s.pos+len(word)] != word {
		s.fail()
		return
	}
	s.pos += len(word)
}

// string reads a string, "" for null.
func (s *scanner) string() string {
	if s.null() {
		return ""
	}
	if !s.take('"') {
		s.fail()
		return ""
	}
	start := s.pos - 1
	for escaped := false; ; {
		if s.pos += stretch(s.text[s.pos:]); s.pos == len(s.text) {
			s.fail()
			return ""
		}
		switch s.text[s.pos] {
		case '\\':
			escaped = true
			s.pos = min(s.pos+2, len(s.text)) // whatever it escapes cannot end the string
		case '"':
			s.pos++
			if escaped {
				return s.unescape(s.text[start:s.pos])
			}
			return s.text[start+1 : s.pos-1]
		default: // a control character
			s.fail()
			return ""
		}
	}
}

func (s *scanner) unescape(quoted string) string {
	var text string
	if err := json.Unmarshal([]byte(quoted), &text); err != nil {
		s.fail()
	}
	return text
}

// skip consumes any value.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case c == '{':
		for range s.members() {
			s.skip()
		}
	case c == '[':
		for range s.elements() {
			s.skip()
		}
	case c == '"':
		s.string()
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
		s.literal("null")
	default:
		s.number()
	}
}

// number skips a number (RFC 8259 §6).
func (s *scanner) number() {
	start := s.pos
	for s.pos < len(s.text) && (s.text[s.pos] == '-' || s.text[s.pos] == '+' || s.text[s.pos] == '.' ||
		s.text[s.pos]|0x20 == 'e' || '0' <= s.text[s.pos] && s.text[s.pos] <= '9') {
		s.pos++
	}
	if !json.Valid([]byte(s.text[start:s.pos])) {
		s.fail()
	}
}
