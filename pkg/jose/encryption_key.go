package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// EncryptionKey is a client's public key, to which responses to it are encrypted.
type EncryptionKey struct {
	ID     string           // its kid, perhaps empty
	Public crypto.PublicKey // *rsa.PublicKey for RSA-OAEP-256, *ecdsa.PublicKey for ECDH-ES
}

// CheckPublicSet reads a client's JWK set and refuses one with a private or a
// shared key in it, for it is kept and shown as a set of public ones.
func CheckPublicSet(doc []byte) error {
	_, err := publicKeys(doc)
	return err
}

// ParseEncryptionKey returns the first key of a client's JWK set that can be
// encrypted to by alg (RFC 7516 §5.1). It refuses what CheckPublicSet does.
func ParseEncryptionKey(doc []byte, alg string) (EncryptionKey, error) {
	keys, err := publicKeys(doc)
	if err != nil {
		return EncryptionKey{}, err
	}
	var refused []error
	for i, jwk := range keys {
		key, err := encryptionKey(jwk, alg)
		if err == nil {
			return key, nil
		}
		refused = append(refused, fmt.Errorf("key %d: %w", i, err))
	}
	return EncryptionKey{}, fmt.Errorf("key set: no key for %s: %w", alg, errors.Join(refused...))
}

func publicKeys(doc []byte) ([]Claims, error) {
	members, err := parseObject(string(doc))
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	elements, ok := members["keys"].([]any)
	if !ok || len(elements) == 0 || len(elements) > maxKeys {
		return nil, fmt.Errorf("key set: keys is not an array of 1 to %d", maxKeys)
	}
	if err := checkTogether(elements); err != nil {
		return nil, err
	}
	keys := make([]Claims, len(elements))
	for i, element := range elements {
		if keys[i], err = publicKey(element); err != nil {
			return nil, fmt.Errorf("key set: key %d: %w", i, err)
		}
	}
	return keys, nil
}

// publicKey refuses what only one side may know (RFC 7518 §6.2.2, §6.3.2, §6.4,
// RFC 8037 §2). A kty that is not known might hide it anywhere, so it is refused too.
func publicKey(element any) (Claims, error) {
	members, ok := element.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	if kind, _ := members["kty"].(string); !slices.Contains([]string{"RSA", "EC", "OKP"}, kind) {
		return nil, errors.New("kty is not RSA, EC or OKP")
	}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, present := members[private]; present {
			return nil, errors.New("a private key")
		}
	}
	return Claims(members), nil
}

func encryptionKey(jwk Claims, alg string) (EncryptionKey, error) {
	kid, _, err := jwk.String("kid")
	if err != nil {
		return EncryptionKey{}, err
	}
	if len(kid) > maxKeyIDBytes {
		return EncryptionKey{}, errors.New("kid is too long")
	}
	if use, present, err := jwk.String("use"); err != nil || present && use != "enc" { // RFC 7517 §4.2
		return EncryptionKey{}, errors.New("use is not enc")
	}
	if named, present, err := jwk.String("alg"); err != nil || present && named != alg {
		return EncryptionKey{}, errors.New("it is for another alg")
	}
	parse, operation := parseRSA, "wrapKey" // RFC 7517 §4.3
	if alg == oauth.ECDHES {
		parse, operation = parseEC, "deriveKey"
	}
	if operations, present, err := jwk.Strings("key_ops"); err != nil || present && !slices.Contains(operations, operation) {
		return EncryptionKey{}, fmt.Errorf("key_ops does not hold %s", operation)
	}
	if kind, _, _ := jwk.String("kty"); (kind == "RSA") != (alg == oauth.RSAOAEP256) || (kind == "EC") != (alg == oauth.ECDHES) {
		return EncryptionKey{}, fmt.Errorf("a key of type %s", kind)
	}
	material, _, err := parse(jwk)
	if err != nil {
		return EncryptionKey{}, err
	}
	switch public := material.(type) {
	case *rsa.PublicKey:
		return EncryptionKey{kid, public}, checkRSA(public)
	case *ecdsa.PublicKey:
		return EncryptionKey{kid, public}, nil
	}
	return EncryptionKey{}, errors.New("not a public key")
}
