package jose

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const maxKeys = 32

// Set is a set of keys (RFC 7517 §5): public ones or secrets, never both. The
// zero value holds none.
type Set struct {
	keys    []Key
	byID    map[string]Key
	refused []error
}

// NewSet returns a set of the keys. It refuses no keys at all, more than 32, two
// with one kid, and secrets beside public keys.
func NewSet(keys ...Key) (Set, error) {
	if len(keys) == 0 {
		return Set{}, errors.New("key set: no key")
	}
	if len(keys) > maxKeys {
		return Set{}, fmt.Errorf("key set: more than %d keys", maxKeys)
	}
	s := Set{keys: keys, byID: map[string]Key{}}
	for _, key := range keys {
		if key.alg == "" {
			return Set{}, errors.New("key set: a key without content")
		}
		// A set that holds both can be published by mistake, and invites using one
		// kind for the other.
		if key.alg.Symmetric() != keys[0].alg.Symmetric() {
			return Set{}, errors.New("key set: secrets beside public keys")
		}
		if key.id == "" {
			continue
		}
		if _, twice := s.byID[key.id]; twice { // RFC 7517 §4.5
			return Set{}, errors.New("key set: two keys with one kid")
		}
		s.byID[key.id] = key
	}
	return s, nil
}

// ParseSet reads a JWK set. A key that ParseKey refuses is left out, because
// issuers publish keys for other uses as well; Refused tells. The set is refused
// as a whole when two of its keys share a kid or secrets lie beside public keys,
// used or not, and when no key is left.
func ParseSet(doc []byte) (Set, error) { return parseSet(doc, "", checkKeyID) }

// ParseForeignSet is ParseSet for keys of other people's issuers, whose kid may be
// any printable ASCII.
func ParseForeignSet(doc []byte) (Set, error) { return parseSet(doc, "", checkForeignKeyID) }

// ParseClientSet is ParseForeignSet of a client's keys, which are about to verify what
// alg signed. An RSA key that names no algorithm serves RS256 and PS256 alike, so it
// is taken to be for the one of them that alg is.
func ParseClientSet(doc []byte, alg oauth.Alg) (Set, error) {
	return parseSet(doc, alg, checkForeignKeyID)
}

// CheckSet refuses what ParseSet refuses as a whole, but for a set of which no key is
// left.
func CheckSet(doc []byte) error {
	_, err := elementsOf(doc)
	return err
}

func elementsOf(doc []byte) ([]any, error) {
	members, err := parseObject(string(doc))
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	elements, ok := members["keys"].([]any)
	if !ok {
		return nil, errors.New("key set: keys is not an array")
	}
	if len(elements) > maxKeys {
		return nil, fmt.Errorf("key set: more than %d keys", maxKeys)
	}
	return elements, checkTogether(elements)
}

func parseSet(doc []byte, implied oauth.Alg, checkID func(kid string) error) (Set, error) {
	elements, err := elementsOf(doc)
	if err != nil {
		return Set{}, err
	}
	var keys []Key
	var refused []error
	for i, element := range elements {
		jwk, ok := element.(map[string]any)
		if !ok {
			return Set{}, fmt.Errorf("key set: key %d is not an object", i)
		}
		if _, named := jwk["alg"]; !named && jwk["kty"] == "RSA" && implied == oauth.PS256 {
			jwk["alg"] = string(implied)
		}
		key, err := parseKey(jwk, checkID)
		if err != nil {
			refused = append(refused, fmt.Errorf("key %d: %w", i, err))
			continue
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return Set{}, fmt.Errorf("key set: no key can be used: %w", errors.Join(refused...))
	}
	set, err := NewSet(keys...)
	set.refused = refused
	return set, err
}

// checkTogether refuses keys that must not lie in one set, even where one of them
// would be left out.
func checkTogether(elements []any) error {
	ids := map[string]bool{}
	secrets := 0
	for _, element := range elements {
		jwk, _ := element.(map[string]any)
		if jwk["kty"] == "oct" {
			secrets++
		}
		id, ok := jwk["kid"].(string)
		if !ok {
			continue
		}
		if ids[id] {
			return errors.New("key set: two keys with one kid")
		}
		ids[id] = true
	}
	if secrets > 0 && secrets < len(elements) {
		return errors.New("key set: secrets beside public keys")
	}
	return nil
}

// Key returns the key for a token's kid. Where there is only one key, it serves
// tokens without kid, and, if it has no id itself, all tokens.
func (s Set) Key(id string) (Key, bool) {
	if len(s.keys) == 1 && (id == "" || s.keys[0].id == "") {
		return s.keys[0], true
	}
	key, ok := s.byID[id]
	return key, ok
}

// Keys returns the keys in the order of the document.
func (s Set) Keys() []Key { return slices.Clone(s.keys) }

// Refused returns why keys of the document were left out.
func (s Set) Refused() []error { return slices.Clone(s.refused) }
