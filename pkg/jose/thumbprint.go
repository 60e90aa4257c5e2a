package jose

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Thumbprint returns the key's JWK thumbprint by SHA-256 in base64url (RFC 7638 §3,
// RFC 8037 §2), made of the key itself, so that each key has one however it was
// written. It is empty for a shared key, of which it would tell something.
func (k Key) Thumbprint() string {
	members := k.required()
	if members == "" {
		return ""
	}
	digest := sha256.Sum256([]byte(members))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

// required are the members that a thumbprint is of, in their order: RFC 7638 §3.2.
func (k Key) required() string {
	encode := base64.RawURLEncoding.EncodeToString
	switch {
	case k.rsa != nil:
		exponent := big.NewInt(int64(k.rsa.E)).Bytes()
		return fmt.Sprintf(`{"e":%q,"kty":"RSA","n":%q}`, encode(exponent), encode(k.rsa.N.Bytes()))
	case k.ec != nil:
		point, err := k.ec.Bytes()
		if err != nil {
			return ""
		}
		half := (len(point) + 1) / 2
		return fmt.Sprintf(`{"crv":%q,"kty":"EC","x":%q,"y":%q}`, k.ec.Curve.Params().Name, encode(point[1:half]), encode(point[half:]))
	case k.alg == oauth.EdDSA:
		return fmt.Sprintf(`{"crv":"Ed25519","kty":"OKP","x":%q}`, encode(k.ed))
	default:
		return ""
	}
}
