package jose

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

const (
	maxDepth       = 8
	maxNumberBytes = 64
)

// parseObject reads a text that is one JSON object and nothing else (RFC 8259).
// Unlike encoding/json it refuses a member name given twice at any depth (RFC 7515
// §4, RFC 7519 §4), invalid UTF-8, half a surrogate pair, more than maxDepth
// levels, and numbers that a float64 cannot hold or that are longer than
// maxNumberBytes. Names are compared byte for byte after unescaping, never case
// by case.
func parseObject(text string) (map[string]any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("json: not UTF-8")
	}
	s := scanner{text: text}
	s.space()
	if s.peek() != '{' {
		return nil, s.errorf("not an object")
	}
	object, err := s.object()
	if err != nil {
		return nil, err
	}
	if s.space(); s.pos != len(s.text) {
		return nil, s.errorf("something follows the object")
	}
	return object, nil
}

// scanner reads text from pos on. The strings that it returns share text's
// memory unless they held an escape.
type scanner struct {
	text  string
	pos   int
	depth int
}

func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("json: %s at byte %d", fmt.Sprintf(format, args...), s.pos)
}

// peek returns the byte at pos, or 0 at the end: NUL is no JSON token.
func (s *scanner) peek() byte {
	if s.pos == len(s.text) {
		return 0
	}
	return s.text[s.pos]
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// take consumes the byte c after white space, if it comes next.
func (s *scanner) take(c byte) bool {
	if s.space(); s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) value() (any, error) {
	s.space()
	switch c := s.peek(); {
	case c == '{':
		return s.object()
	case c == '[':
		return s.array()
	case c == '"':
		return s.string()
	case c == '-', '0' <= c && c <= '9':
		return s.number()
	case c == 't':
		return true, s.literal("true")
	case c == 'f':
		return false, s.literal("false")
	case c == 'n':
		return nil, s.literal("null")
	default:
		return nil, s.errorf("no value")
	}
}

func (s *scanner) literal(word string) error {
	if len(s.text)-s.pos < len(word) || s.text[s.pos:s.pos+len(word)] != word {
		return s.errorf("no value")
	}
	s.pos += len(word)
	return nil
}

// enter consumes an opening bracket. Its callers leave again by one s.depth--.
func (s *scanner) enter() error {
	if s.depth++; s.depth > maxDepth {
		return s.errorf("more than %d levels", maxDepth)
	}
	s.pos++
	return nil
}

func (s *scanner) object() (map[string]any, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	object := map[string]any{}
	for first := true; !s.take('}'); first = false {
		if !first && !s.take(',') {
			return nil, s.errorf("no comma between members")
		}
		if s.space(); s.peek() != '"' {
			return nil, s.errorf("no member name")
		}
		name, err := s.string()
		if err != nil {
			return nil, err
		}
		if _, twice := object[name]; twice { // RFC 7515 §4, RFC 7519 §4
			return nil, s.errorf("repeated member name")
		}
		if !s.take(':') {
			return nil, s.errorf("no colon after the member name")
		}
		if object[name], err = s.value(); err != nil {
			return nil, err
		}
	}
	s.depth--
	return object, nil
}

func (s *scanner) array() ([]any, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	array := []any{}
	for first := true; !s.take(']'); first = false {
		if !first && !s.take(',') {
			return nil, s.errorf("no comma between elements")
		}
		element, err := s.value()
		if err != nil {
			return nil, err
		}
		array = append(array, element)
	}
	s.depth--
	return array, nil
}

// number reads a number (RFC 8259 §6).
func (s *scanner) number() (float64, error) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return 0, s.errorf("no digit")
	}
	if s.peek() == '.' {
		if s.pos++; !s.digits() {
			return 0, s.errorf("no digit")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return 0, s.errorf("no digit")
		}
	}
	if s.pos-start > maxNumberBytes {
		return 0, s.errorf("a number of more than %d bytes", maxNumberBytes)
	}
	number, err := strconv.ParseFloat(s.text[start:s.pos], 64)
	if err != nil {
		return 0, s.errorf("a number out of range")
	}
	return number, nil
}

// digits consumes digits and reports whether there was one.
func (s *scanner) digits() bool {
	start := s.pos
	for '0' <= s.peek() && s.peek() <= '9' {
		s.pos++
	}
	return s.pos > start
}
