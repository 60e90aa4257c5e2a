package jose

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const (
	maxHeaderMembers = 16
	maxKeyIDBytes    = 128
)

// Header is what a JOSE header says (RFC 7515 §4.1). An absent member is empty.
type Header struct {
	Alg   oauth.Alg
	KeyID string
	Type  string // typ, as written
	Nonce bool   // it has a nonce, as Microsoft's tokens for APIs of its own have
}

// refusedMembers are header members with which a sender could choose the key or
// change what was signed; each with its reason.
var refusedMembers = []struct{ name, why string }{
	{"jwk", "brings its own key"},                    // RFC 8725 §3.10, CVE-2018-0114
	{"jku", "names its own keys"},                    // RFC 8725 §3.10
	{"x5u", "names its own certificate"},             // RFC 8725 §3.10
	{"x5c", "brings its own certificate"},            // RFC 8725 §3.10
	{"crit", "demands extensions"},                   // none is known here: RFC 7515 §4.1.11
	{"b64", "changes what is signed"},                // RFC 7797 §6
	{"zip", "is for compressed, encrypted content"},  // RFC 7516 §4.1.3
	{"enc", "is for encrypted content, not a JWS's"}, // RFC 7516 §4.1.2
}

func parseHeader(text string) (Header, error) {
	members, err := parseObject(text)
	if err != nil {
		return Header{}, err
	}
	return readHeader(members)
}

func readHeader(members map[string]any) (Header, error) {
	if len(members) > maxHeaderMembers {
		return Header{}, fmt.Errorf("more than %d members", maxHeaderMembers)
	}
	for _, refused := range refusedMembers {
		if _, present := members[refused.name]; present {
			return Header{}, fmt.Errorf("%s %s", refused.name, refused.why)
		}
	}
	var h Header
	alg, _, err := Claims(members).String("alg")
	if err != nil {
		return Header{}, err
	}
	if h.Alg = oauth.Alg(alg); !supported(h.Alg) { // "none" and nothing are not: RFC 8725 §3.1
		return Header{}, errors.New("alg is missing or not supported")
	}
	if h.KeyID, _, err = Claims(members).String("kid"); err != nil {
		return Header{}, err
	}
	if err := checkForeignKeyID(h.KeyID); err != nil {
		return Header{}, err
	}
	if h.Type, _, err = Claims(members).String("typ"); err != nil {
		return Header{}, err
	}
	_, h.Nonce = members["nonce"]
	contentType, _, err := Claims(members).String("cty")
	if err != nil {
		return Header{}, err
	}
	if nested(contentType) {
		return Header{}, errors.New("cty says that a token lies inside")
	}
	return h, nil
}

// CheckKeyID refuses a kid that only a foreign issuer could have written.
func (h Header) CheckKeyID() error { return checkKeyID(h.KeyID) }

// checkForeignKeyID takes what other people's issuers write: standard base64, with
// its + / and =, or URLs. It is printable and short, and is looked up in a map and
// nothing else; no text is made of it unquoted (RFC 8725 §3.10).
func checkForeignKeyID(kid string) error {
	if len(kid) > maxKeyIDBytes {
		return fmt.Errorf("kid is longer than %d bytes", maxKeyIDBytes)
	}
	for i := range len(kid) {
		if kid[i] < 0x20 || kid[i] > 0x7e {
			return errors.New("kid holds a character that is not printable ASCII")
		}
	}
	return nil
}

// checkKeyID keeps a kid harmless wherever it may travel: a log, an error text
// (RFC 8725 §3.10). Here it is looked up in a map and nothing else.
func checkKeyID(kid string) error {
	if len(kid) > maxKeyIDBytes {
		return fmt.Errorf("kid is longer than %d bytes", maxKeyIDBytes)
	}
	for i := range len(kid) {
		switch c := kid[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '_', c == '~', c == '-':
		default:
			return errors.New("kid holds a character other than A-Z a-z 0-9 . _ ~ -")
		}
	}
	return nil
}

// nested reports whether a cty announces a JWT (RFC 7519 §5.2); media types are
// compared case by case and may omit application/ (RFC 7515 §4.1.10).
func nested(contentType string) bool {
	contentType = strings.ToLower(contentType)
	contentType = strings.TrimPrefix(contentType, "application/")
	return contentType == "jwt" || strings.HasSuffix(contentType, "+jwt") || contentType == "jose"
}
