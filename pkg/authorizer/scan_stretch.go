package authorizer

import "math/bits"

// stretch is how many bytes the text begins with that are neither quotes nor backslashes
// nor control characters. It looks at eight at a time, for most of an event is text that
// is skipped.
func stretch(text string) int {
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		if mask := special(word(text[n : n+8])); mask != 0 {
			return n + bits.TrailingZeros64(mask)/8
		}
	}
	for ; n < len(text); n++ {
		if c := text[n]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return n
}

// word has the first of eight bytes in its lowest.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// special has the highest bit set in each byte that stretch stops at, and perhaps in bytes
// above such a one: subtracting borrows from them.
func special(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, backslash := w^ones*'"', w^ones*'\\'
	return ((w-ones*' ')&^w | (quote-ones)&^quote | (backslash-ones)&^backslash) & tops
}
