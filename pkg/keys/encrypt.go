package keys

import (
	"fmt"
	"slices"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ContentJWT is the content type of an encrypted JWT (RFC 7519 §5.2).
const ContentJWT = "JWT"

// Encrypt makes a JWE in compact serialization for whoever holds the key's private
// half (RFC 7516 §7.1). It offers what oauth lists and nothing else, and never
// compresses: the length of compressed text tells what is in it (RFC 8725 §3.6).
// contentType says what the plaintext is, "" when there is nothing to say.
func Encrypt(key jose.EncryptionKey, alg, enc, contentType string, plaintext []byte) (string, error) {
	if !slices.Contains(oauth.EncryptionAlgs(), alg) || !slices.Contains(oauth.ContentEncryptions(), enc) {
		return "", fmt.Errorf("keys: encryption by %q and %q is not offered", alg, enc)
	}
	headers := jwe.NewHeaders()
	for name, value := range map[string]string{jwe.KeyIDKey: key.ID, jwe.ContentTypeKey: contentType} {
		if value == "" {
			continue
		}
		if err := headers.Set(name, value); err != nil {
			return "", fmt.Errorf("keys: header %s: %w", name, err)
		}
	}
	encrypted, err := jwe.Encrypt(plaintext, jwe.WithKey(jwa.KeyEncryptionAlgorithm(alg), key.Public),
		jwe.WithContentEncryption(jwa.ContentEncryptionAlgorithm(enc)), jwe.WithProtectedHeaders(headers),
		jwe.WithCompress(jwa.NoCompress))
	if err != nil {
		return "", fmt.Errorf("keys: encrypt by %s and %s: %w", alg, enc, err)
	}
	return string(encrypted), nil
}
