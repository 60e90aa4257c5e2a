package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// made reports whether k made the signature of signed. The key's own algorithm
// decides, by this closed switch, and has what it needs: no constructor makes another key.
// A zero key made nothing.
func (k Key) made(signature, signed []byte) bool {
	switch k.alg {
	case oauth.RS256: // RFC 7518 §3.3
		digest := sha256.Sum256(signed)
		return rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, digest[:], signature) == nil
	case oauth.PS256: // the salt is as long as the hash: RFC 7518 §3.5
		digest := sha256.Sum256(signed)
		options := rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		return rsa.VerifyPSS(k.rsa, crypto.SHA256, digest[:], signature, &options) == nil
	case oauth.ES256: // RFC 7518 §3.4
		digest := sha256.Sum256(signed)
		return verifyECDSA(k.ec, digest[:], signature)
	case oauth.ES384:
		digest := sha512.Sum384(signed)
		return verifyECDSA(k.ec, digest[:], signature)
	case oauth.EdDSA: // RFC 8037 §3.1
		return ed25519.Verify(k.ed, signed, signature)
	case oauth.HS256: // RFC 7518 §3.2
		mac := k.mac()
		mac.Write(signed)
		return hmac.Equal(mac.Sum(nil), signature)
	default:
		return false
	}
}

// verifyECDSA checks a signature that is R and S, each as long as the field, and
// nothing else: DER, and longer or shorter forms, are refused (RFC 7518 §3.4).
// The twin (R, n-S) of a good signature is good as well, so no replay table may
// be keyed by a token's bytes.
func verifyECDSA(key *ecdsa.PublicKey, digest, signature []byte) bool {
	field := (key.Curve.Params().BitSize + 7) / 8
	if len(signature) != 2*field {
		return false
	}
	// The standard library takes ASN.1 only; zero and values not below the group's
	// order are refused there.
	var buffer [2 + 2*(3+48)]byte
	der := append(buffer[:0], 0x30, 0)
	der = appendInteger(der, signature[:field])
	der = appendInteger(der, signature[field:])
	der[1] = byte(len(der) - 2)
	return ecdsa.VerifyASN1(key, digest, der)
}

// appendInteger appends a big-endian number of at most 48 bytes as a DER INTEGER.
func appendInteger(der, number []byte) []byte {
	for len(number) > 1 && number[0] == 0 {
		number = number[1:]
	}
	if number[0] >= 0x80 { // a sign bit that is not one
		der = append(der, 0x02, byte(len(number)+1), 0)
	} else {
		der = append(der, 0x02, byte(len(number)))
	}
	return append(der, number...)
}
