package verify

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// maxListBytes bounds a list once it is decompressed: eight million tokens of one bit.
const maxListBytes = 1 << 20

// statusValid is the one status with which a token is good: INVALID is for ever,
// SUSPENDED for a while, and others are the issuer's own (Token Status List §7.1).
const statusValid = 0

// statusList is a list that was fetched and found genuine.
type statusList struct {
	size     int // bits of one status: 1, 2, 4 or 8
	statuses []byte
	ttl      time.Duration // 0: it does not say
	expires  time.Time     // zero: never
}

// status returns the status at an index. The first lies in the lowest bits of the
// first byte (Token Status List §4.1).
func (l *statusList) status(index int64) (status byte, within bool) {
	perByte := int64(8 / l.size)
	if index < 0 || index/perByte >= int64(len(l.statuses)) {
		return 0, false
	}
	shift := int(index%perByte) * l.size
	return l.statuses[index/perByte] >> shift & byte(1<<l.size-1), true
}

// readList reads a Status List Token (Token Status List §5.1, §8.3): it is of this
// issuer, about this URI, signed with its public key, and good now.
func (s *StatusLists) readList(ctx context.Context, uri string, token []byte) (*statusList, error) {
	jws, err := jose.ParseForeignCompact(string(token), jose.MaxStatusListBytes)
	if err != nil {
		return nil, fmt.Errorf("malformed list: %w", err)
	}
	if jws.Header.Type != oauth.TypStatusList && jws.Header.Type != "application/"+oauth.TypStatusList {
		return nil, fmt.Errorf("typ is not %s", oauth.TypStatusList) // RFC 8725 §3.11
	}
	if jws.Header.Alg.Symmetric() {
		return nil, errors.New("the list is signed with a secret")
	}
	key, err := s.policy.Keys.Key(ctx, jws.Header.KeyID)
	if err != nil {
		return nil, fmt.Errorf("find the key of the list: %w", err)
	}
	if err := jws.Verify(key); err != nil {
		return nil, fmt.Errorf("not signed with the issuer's key: %w", err)
	}
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return nil, fmt.Errorf("malformed claims: %w", err)
	}
	if err := s.checkListClaims(uri, claims); err != nil {
		return nil, err
	}
	return decodeList(claims)
}

func (s *StatusLists) checkListClaims(uri string, claims jose.Claims) error {
	if issuer, present, err := claims.String("iss"); err != nil || present && issuer != s.policy.Issuer {
		return errors.New("a list of another issuer")
	}
	// Else a list in which a token is still good could stand for the one in which it
	// is not.
	if subject, _, err := claims.String("sub"); err != nil || subject != uri {
		return errors.New("the list is about another URI")
	}
	now := s.now()
	issued, present, err := claims.Time("iat")
	if err != nil || !present || issued.After(now.Add(skew)) {
		return errors.New("iat is missing, malformed or in the future")
	}
	expires, present, err := claims.Time("exp")
	if err != nil || present && !now.Before(expires) {
		return errors.New("the list has expired, or exp is malformed")
	}
	notBefore, _, err := claims.Time("nbf")
	if err != nil || notBefore.After(now.Add(skew)) {
		return errors.New("the list is not good yet")
	}
	return nil
}

// decodeList reads what the list says, once its claims are checked.
func decodeList(claims jose.Claims) (*statusList, error) {
	l := &statusList{}
	l.expires, _, _ = claims.Time("exp")
	if claim, present := claims["ttl"]; present {
		seconds, ok := claim.(float64)
		if !ok || !(seconds > 0) {
			return nil, errors.New("ttl is not a positive number")
		}
		l.ttl = time.Duration(min(seconds, maxListAge.Seconds()) * float64(time.Second))
	}
	list, ok := claims["status_list"].(map[string]any)
	if !ok {
		return nil, errors.New("status_list is missing or not an object")
	}
	switch list["bits"] {
	case 1.0, 2.0, 4.0, 8.0:
		l.size = int(list["bits"].(float64))
	default:
		return nil, errors.New("bits is not 1, 2, 4 or 8")
	}
	encoded, ok := list["lst"].(string)
	if !ok {
		return nil, errors.New("lst is not a string")
	}
	var err error
	l.statuses, err = inflate(encoded)
	return l, err
}

// inflate reads base64url of ZLIB, no more than maxListBytes of it: a few kB can
// decompress to gigabytes.
func inflate(encoded string) ([]byte, error) {
	if strings.ContainsAny(encoded, "\r\n") {
		return nil, errors.New("a line break inside lst")
	}
	compressed, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, errors.New("lst is not base64url without padding")
	}
	source := bytes.NewReader(compressed)
	decompressor, err := zlib.NewReader(source)
	if err != nil {
		return nil, fmt.Errorf("lst is not ZLIB: %w", err)
	}
	statuses, err := io.ReadAll(io.LimitReader(decompressor, maxListBytes+1))
	switch {
	case err != nil: // the checksum among it
		return nil, fmt.Errorf("decompress lst: %w", err)
	case len(statuses) > maxListBytes:
		return nil, fmt.Errorf("the list has more than %d bytes", maxListBytes)
	case source.Len() > 0:
		return nil, errors.New("something follows the list")
	}
	return bytes.Clone(statuses), nil // no larger than it must be, for it is kept
}
