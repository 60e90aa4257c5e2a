package mail

import (
	"errors"
	"strings"
)

// Bounds of an address (RFC 5321 §4.5.3.1), in bytes.
const (
	maxLocal  = 64
	maxDomain = 253
	maxLength = 254
	maxLabel  = 63
)

// Address is a mailbox, local-part@domain. Its only source is ParseAddress, so holding
// one means that it can stand in a header and in an SMTP command as it is.
type Address struct{ local, domain string }

var errAddress = errors.New("mail: not an address such as jo@example.com")

// ParseAddress reads an address as people type it: a dot-atom, an at sign, and a host
// name of two labels or more (RFC 5321 §4.1.2). The host is put in lower case; the
// local part is its owner's business. Quoted local parts, address literals, comments,
// display names and several addresses are refused, and so is all that is not ASCII: a
// letter that looks like another would be another mailbox (CVE-2019-19844).
func ParseAddress(text string) (Address, error) {
	at := strings.LastIndexByte(text, '@')
	if at < 1 || len(text) > maxLength {
		return Address{}, errAddress
	}
	a := Address{text[:at], strings.ToLower(text[at+1:])}
	if !isDotAtom(a.local) || !isHost(a.domain) {
		return Address{}, errAddress
	}
	return a, nil
}

// String is the address as it is sent to.
func (a Address) String() string {
	if a == (Address{}) {
		return ""
	}
	return a.local + "@" + a.domain
}

// Domain is what follows the at sign, in lower case.
func (a Address) Domain() string { return a.domain }

// isDotAtom applies RFC 5322 §3.2.3.
func isDotAtom(s string) bool {
	if len(s) > maxLocal {
		return false
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.ContainsFunc(atom, notAtomText) {
			return false
		}
	}
	return true
}

func notAtomText(r rune) bool {
	return notAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// isHost applies RFC 1123 §2.1. A name that ends in digits is an address or nothing.
func isHost(s string) bool {
	labels := strings.Split(s, ".")
	if len(s) > maxDomain || len(labels) < 2 || !strings.ContainsFunc(labels[len(labels)-1], isLetter) {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return r != '-' && notAlphanumeric(r) }) {
			return false
		}
	}
	return true
}

func notAlphanumeric(r rune) bool { return !isLetter(r) && (r < '0' || r > '9') }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
