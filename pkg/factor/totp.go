package factor

import (
	"crypto/hmac"
	"crypto/sha1" // RFC 6238 §1.2: what all apps know; HMAC needs no collision resistance
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// What authenticator apps take for granted, some whatever the URI says.
const (
	totpDigits = 6
	totpPeriod = 30 * time.Second // RFC 6238 §5.2
	totpSkew   = 1                // steps, either way, for clocks and slow typing: RFC 6238 §5.2
)

// step is the number of the time step (RFC 6238 §4.2).
func step(t time.Time) int64 { return t.Unix() / int64(totpPeriod/time.Second) }

// totp is the code of a time step (RFC 6238 §4, RFC 4226 §5.3).
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes everything
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, number%1_000_000)
}

// matching returns the time step whose code this is, of those around now that come
// after the last one used: a code is good once (RFC 6238 §5.2). All of them are compared,
// whichever it is.
func matching(secret []byte, code string, now time.Time, last int64) (int64, bool) {
	code = digits(code)
	found, matched := int64(0), 0
	for each := step(now) - totpSkew; each <= step(now)+totpSkew; each++ {
		same := subtle.ConstantTimeCompare([]byte(totp(secret, each)), []byte(code))
		if each > last && same == 1 {
			found, matched = each, 1
		}
	}
	return found, matched == 1
}

// digits leaves out the spaces that apps show, and takes digits as the keyboards of all
// our languages write them.
func digits(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r >= '\u0660' && r <= '\u0669': // Arabic
			return '0' + r - '\u0660'
		case r >= '\u06f0' && r <= '\u06f9': // Persian
			return '0' + r - '\u06f0'
		case r >= '\uff10' && r <= '\uff19': // full width, as Japanese keyboards
			return '0' + r - '\uff10'
		default:
			return r
		}
	}, code)
}
