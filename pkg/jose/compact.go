package jose

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// The longest tokens that are looked at.
const (
	MaxAccessTokenBytes = 8 << 10
	MaxAssertionBytes   = 16 << 10 // client assertions, request objects
	MaxStatusListBytes  = 256 << 10
	MaxProofBytes       = 4 << 10 // DPoP proofs
)

// JWS is a JWS in compact serialization (RFC 7515 §7.1), well formed and not yet
// verified: Payload is a stranger's until Verify returns nil.
type JWS struct {
	Header    Header
	Payload   []byte
	signed    []byte // the JWS signing input: RFC 7515 §5.1
	signature []byte
}

// strictBase64 refuses padding and unused bits that are not zero. It does skip
// CR and LF, which ParseCompact and decodeBase64 look for themselves.
var strictBase64 = base64.RawURLEncoding.Strict()

// ParseCompact reads a JWS of at most maxBytes. It refuses the JSON
// serializations (RFC 7519 §1), everything that RFC 7515 §2 does not allow in
// base64url, headers that bring keys or demand extensions, and a kid that is not of
// letters, digits and . _ ~ -, as ours are.
func ParseCompact(token string, maxBytes int) (JWS, error) {
	jws, err := ParseForeignCompact(token, maxBytes)
	if err != nil {
		return JWS{}, err
	}
	if err := jws.Header.CheckKeyID(); err != nil {
		return JWS{}, fmt.Errorf("header: %w", err)
	}
	return jws, nil
}

// ParseForeignCompact is ParseCompact for tokens of other people's issuers, whose
// kid may be any printable ASCII.
func ParseForeignCompact(token string, maxBytes int) (JWS, error) {
	jws, text, err := split(token, maxBytes)
	if err != nil {
		return JWS{}, err
	}
	if jws.Header, err = parseHeader(text); err != nil {
		return JWS{}, fmt.Errorf("header: %w", err)
	}
	return jws, nil
}

// split returns a JWS whose header is still text.
func split(token string, maxBytes int) (jws JWS, header string, err error) {
	if len(token) > maxBytes {
		return JWS{}, "", fmt.Errorf("longer than %d bytes", maxBytes)
	}
	// Counting before splitting keeps a token of dots from costing memory
	// (CVE-2025-30204). A JWE has four.
	if strings.Count(token, ".") != 2 {
		return JWS{}, "", errors.New("not three parts")
	}
	if strings.ContainsAny(token, "\r\n") {
		return JWS{}, "", errors.New("a line break inside")
	}
	raw := []byte(token)
	headerEnd := strings.IndexByte(token, '.')
	signedEnd := strings.LastIndexByte(token, '.')
	decoded := make([]byte, 0, len(raw))
	var parts [3][]byte
	for i, encoded := range [3][]byte{raw[:headerEnd], raw[headerEnd+1 : signedEnd], raw[signedEnd+1:]} {
		start := len(decoded)
		if decoded, err = strictBase64.AppendDecode(decoded, encoded); err != nil {
			return JWS{}, "", errors.New("not base64url without padding")
		}
		parts[i] = decoded[start:len(decoded):len(decoded)]
	}
	return JWS{Payload: parts[1], signed: raw[:signedEnd], signature: parts[2]}, string(parts[0]), nil
}

// Verify reports whether the key made the signature. The header's alg must be
// the key's (RFC 8725 §3.1), so that the sender of a token never chooses how it
// is judged.
func (j JWS) Verify(k Key) error {
	if j.Header.Alg != k.alg {
		return errors.New("alg is not the key's")
	}
	if !k.made(j.signature, j.signed) {
		return errors.New("the signature is wrong")
	}
	return nil
}

// decodeBase64 reads base64url without padding (RFC 7515 §2).
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("a line break inside base64url")
	}
	data, err := strictBase64.DecodeString(s)
	if err != nil {
		return nil, errors.New("not base64url without padding")
	}
	return data, nil
}

// supported is the closed list of algorithms (RFC 8725 §3.1).
func supported(alg oauth.Alg) bool {
	switch alg {
	case oauth.RS256, oauth.PS256, oauth.ES256, oauth.ES384, oauth.EdDSA, oauth.HS256:
		return true
	default:
		return false
	}
}
