package jose

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string (RFC 8259 §7).
func (s *scanner) string() (string, error) {
	s.pos++ // the opening quote
	start := s.pos
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			return s.text[start : s.pos-1], nil
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			return "", s.errorf("a control character in a string")
		default:
			s.pos++
		}
	}
	return "", s.errorf("a string without end")
}

// escaped reads on from the first backslash of a string that began at start.
func (s *scanner) escaped(start int) (string, error) {
	text := []byte(s.text[start:s.pos])
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == '"':
			return string(text), nil
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
		case c < 0x20:
			return "", s.errorf("a control character in a string")
		default:
			text = append(text, c)
		}
	}
	return "", s.errorf("a string without end")
}

// escape reads what follows a backslash.
func (s *scanner) escape() (rune, error) {
	c := s.peek()
	s.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return s.unicode()
	default:
		s.pos--
		return 0, s.errorf("an unknown escape")
	}
}

// unicode reads the digits of \uXXXX, and of the second half where the first is
// half of a surrogate pair.
func (s *scanner) unicode() (rune, error) {
	r, err := s.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	// Readers disagree about half a pair (some replace it, some drop it), so two
	// names could differ here and be equal elsewhere.
	if s.literal(`\u`) != nil {
		return 0, s.errorf("half a surrogate pair")
	}
	low, err := s.hex4()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, s.errorf("half a surrogate pair")
	}
	return r, nil
}

func (s *scanner) hex4() (rune, error) {
	if len(s.text)-s.pos < 4 {
		return 0, s.errorf("an unknown escape")
	}
	r, err := strconv.ParseUint(s.text[s.pos:s.pos+4], 16, 32)
	if err != nil {
		return 0, s.errorf("an unknown escape")
	}
	s.pos += 4
	return rune(r), nil
}
