package verify

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ClientCertificate checks that a token bound to the certificate with this thumbprint
// (RFC 8705 §3.1, x5t#S256) came over a connection that was made with it. The
// certificate is PEM, as API Gateway writes what the handshake proved; "" where there
// was none. It must never come from a header, which anybody can write. It returns
// invalid_token (RFC 8705 §3).
func ClientCertificate(thumbprint, certificate string) error {
	block, _ := pem.Decode([]byte(certificate))
	if block == nil || block.Type != "CERTIFICATE" {
		return oauth.InvalidToken.Errorf("the token is bound to a client certificate, and none came with it")
	}
	digest := sha256.Sum256(block.Bytes)
	if !same(thumbprint, base64.RawURLEncoding.EncodeToString(digest[:])) {
		return oauth.InvalidToken.Errorf("the token is bound to another client certificate")
	}
	return nil
}
