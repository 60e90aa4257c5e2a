package jose

import (
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Proof is a JWS that brings the public key which made it, as DPoP proofs alone may
// (RFC 9449 §4.2). Its signature is good. It says that somebody has the private key
// and nothing about who that is: the key counts for something only once its
// thumbprint was found where its owner was named.
type Proof struct {
	Type    string // typ, as written
	Key     Key
	Payload []byte
}

// ParseProof reads a proof of at most maxBytes and checks its signature (RFC 9449
// §4.3, steps 2, 3 and 5 to 7). The header's jwk must be a public key that signs by
// the header's alg; a kid there or beside it names nothing. All else is refused that
// ParseForeignCompact refuses.
func ParseProof(text string, maxBytes int) (Proof, error) {
	jws, header, err := split(text, maxBytes)
	if err != nil {
		return Proof{}, err
	}
	members, err := parseObject(header)
	if err != nil {
		return Proof{}, fmt.Errorf("header: %w", err)
	}
	element := members["jwk"]
	delete(members, "jwk")
	if jws.Header, err = readHeader(members); err != nil {
		return Proof{}, fmt.Errorf("header: %w", err)
	}
	key, err := proofKey(element, jws.Header.Alg)
	if err != nil {
		return Proof{}, fmt.Errorf("header: jwk: %w", err)
	}
	if err := jws.Verify(key); err != nil {
		return Proof{}, err
	}
	return Proof{jws.Header.Type, key, jws.Payload}, nil
}

// proofKey refuses a shared key and the private half of a pair: whoever sends that
// has shown it to the world, and it proves nothing any more.
func proofKey(element any, alg oauth.Alg) (Key, error) {
	jwk, err := publicKey(element)
	if err != nil {
		return Key{}, err
	}
	// An RSA key that names no algorithm serves RS256 and PS256 alike; any other serves one.
	if _, named := jwk["alg"]; !named {
		jwk["alg"] = string(alg)
	}
	return parseKey(jwk, checkForeignKeyID)
}
