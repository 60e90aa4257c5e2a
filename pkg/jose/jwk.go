package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ParseKey reads a JWK (RFC 7517 §4) that verifies signatures. A key without alg
// gets the one that its kind implies; RSA's is RS256. It refuses what
// NewPublicKey and NewSecretKey refuse, keys for another use, and the private
// half of a key pair, which whoever published it should not have.
func ParseKey(jwk []byte) (Key, error) {
	members, err := parseObject(string(jwk))
	if err != nil {
		return Key{}, err
	}
	return parseKey(Claims(members), checkKeyID)
}

func parseKey(jwk Claims, checkID func(kid string) error) (Key, error) {
	kid, _, err := jwk.String("kid")
	if err != nil {
		return Key{}, err
	}
	if err := checkID(kid); err != nil {
		return Key{}, err
	}
	if err := checkUse(jwk); err != nil {
		return Key{}, err
	}
	kind, _, err := jwk.String("kty")
	if err != nil {
		return Key{}, err
	}
	parse, known := map[string]func(Claims) (any, oauth.Alg, error){
		"RSA": parseRSA, "EC": parseEC, "OKP": parseOKP, "oct": parseSecret,
	}[kind]
	if !known {
		return Key{}, errors.New("kty is missing or not supported")
	}
	material, alg, err := parse(jwk)
	if err != nil {
		return Key{}, err
	}
	if named, present, err := jwk.String("alg"); err != nil {
		return Key{}, err
	} else if present {
		alg = oauth.Alg(named)
	}
	if secret, ok := material.([]byte); ok {
		if alg != oauth.HS256 {
			return Key{}, fmt.Errorf("a secret cannot be used with %q", alg)
		}
		return newSecretKey(kid, secret)
	}
	if _, present := jwk["d"]; present {
		return Key{}, errors.New("the private half of a key pair")
	}
	key, err := newPublicKey(kid, alg, material)
	if err != nil {
		return Key{}, err
	}
	key.of, _, err = jwk.String("issuer")
	return key, err
}

// checkUse refuses a key that is meant for something else than verifying (RFC
// 7517 §4.2, §4.3).
func checkUse(jwk Claims) error {
	if use, present, err := jwk.String("use"); err != nil || present && use != "sig" {
		return errors.New("use is not sig")
	}
	operations, present, err := jwk.Strings("key_ops")
	if err != nil || present && !slices.Contains(operations, "verify") {
		return errors.New("key_ops does not hold verify")
	}
	return nil
}

// parseRSA reads RFC 7518 §6.3.1.
func parseRSA(jwk Claims) (any, oauth.Alg, error) {
	n, err := jwk.base64("n")
	if err != nil {
		return nil, "", err
	}
	e, err := jwk.base64("e")
	if err != nil {
		return nil, "", err
	}
	exponent := new(big.Int).SetBytes(e)
	if exponent.BitLen() > 31 { // before it is squeezed into an int
		return nil, "", errors.New("RSA key: e is not below 2^31")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, oauth.RS256, nil
}

// parseEC reads RFC 7518 §6.2.1.
func parseEC(jwk Claims) (any, oauth.Alg, error) {
	name, _, err := jwk.String("crv")
	if err != nil {
		return nil, "", err
	}
	curve, alg := elliptic.P256(), oauth.ES256
	switch name {
	case "P-256":
	case "P-384":
		curve, alg = elliptic.P384(), oauth.ES384
	default:
		return nil, "", errors.New("EC key: crv is missing or not supported")
	}
	x, err := jwk.base64("x")
	if err != nil {
		return nil, "", err
	}
	y, err := jwk.base64("y")
	if err != nil {
		return nil, "", err
	}
	field := (curve.Params().BitSize + 7) / 8
	if len(x) != field || len(y) != field { // RFC 7518 §6.2.1.2, §6.2.1.3
		return nil, "", fmt.Errorf("EC key: a coordinate that is not %d bytes", field)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, "", errors.New("EC key: the point is not on the curve")
	}
	return public, alg, nil
}

// parseOKP reads RFC 8037 §2.
func parseOKP(jwk Claims) (any, oauth.Alg, error) {
	if name, _, err := jwk.String("crv"); err != nil || name != "Ed25519" {
		return nil, "", errors.New("OKP key: crv is not Ed25519")
	}
	x, err := jwk.base64("x")
	return ed25519.PublicKey(x), oauth.EdDSA, err
}

// parseSecret reads RFC 7518 §6.4.
func parseSecret(jwk Claims) (any, oauth.Alg, error) {
	secret, err := jwk.base64("k")
	return secret, oauth.HS256, err
}

// base64 returns a member that must be there and be base64url.
func (c Claims) base64(name string) ([]byte, error) {
	text, present, err := c.String(name)
	if err != nil {
		return nil, err
	}
	if !present {
		return nil, fmt.Errorf("%s is missing", name)
	}
	data, err := decodeBase64(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
