package jose

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// HalfHash is what at_hash and c_hash say of a token: the left half of its digest, in
// base64url, by the hash that belongs to the alg of the id_token that they stand in
// (OpenID Connect Core §3.1.3.6). Ed25519 hashes with SHA-512 (RFC 8032).
func HalfHash(alg oauth.Alg, token string) string {
	var digest []byte
	switch alg {
	case oauth.ES384:
		sum := sha512.Sum384([]byte(token))
		digest = sum[:]
	case oauth.EdDSA:
		sum := sha512.Sum512([]byte(token))
		digest = sum[:]
	default:
		sum := sha256.Sum256([]byte(token))
		digest = sum[:]
	}
	return base64.RawURLEncoding.EncodeToString(digest[:len(digest)/2])
}
