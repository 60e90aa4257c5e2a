package identity

import (
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const maxJWKSBytes = 16 << 10

// checkKeys wants public keys and nothing else: they are shown to whoever may see
// the client, and a private key in them is one that has leaked. Keys at jwks_uri are
// looked at when they are needed.
func checkKeys(m oauth.ClientMetadata) error {
	switch {
	case m.JWKS != nil && m.JWKSURI != "": // RFC 7591 §2
		return oauth.InvalidClientMetadata.Errorf("jwks and jwks_uri must not both be there")
	case m.JWKS == nil:
		return nil
	case len(m.JWKS) > maxJWKSBytes:
		return oauth.InvalidClientMetadata.Errorf("jwks is longer than %d bytes", maxJWKSBytes)
	}
	if err := jose.CheckPublicSet(m.JWKS); err != nil {
		return oauth.InvalidClientMetadata.Errorf("jwks: %v", err)
	}
	return nil
}

// checkAssertions wants keys of a client that proves by one who it is.
func checkAssertions(m oauth.ClientMetadata) error {
	alg := m.TokenEndpointAuthSigningAlg
	switch {
	case alg != "" && !slices.Contains(oauth.ClientAssertionAlgs(), alg):
		return oauth.InvalidClientMetadata.Errorf("token_endpoint_auth_signing_alg %s is not supported; %v are", alg, oauth.ClientAssertionAlgs())
	case m.TokenEndpointAuthMethod != oauth.PrivateKeyJWT:
		return nil
	case m.JWKS == nil && m.JWKSURI == "":
		return oauth.InvalidClientMetadata.Errorf("token_endpoint_auth_method private_key_jwt needs jwks or jwks_uri")
	case m.JWKS == nil:
		return nil
	}
	set, err := jose.ParseClientSet(m.JWKS, alg)
	if err != nil || alg != "" && !slices.ContainsFunc(set.Keys(), func(k jose.Key) bool { return k.Alg() == alg }) {
		return oauth.InvalidClientMetadata.Errorf("jwks has no key that client assertions can be signed with: %w", err)
	}
	return nil
}

// encryptedResponse is how one kind of response is encrypted.
type encryptedResponse struct {
	name     string
	alg, enc *string
}

func encryptedResponses(m *oauth.ClientMetadata) []encryptedResponse {
	return []encryptedResponse{
		{"id_token", &m.IDTokenEncryptedResponseAlg, &m.IDTokenEncryptedResponseEnc},
		{"userinfo", &m.UserinfoEncryptedResponseAlg, &m.UserinfoEncryptedResponseEnc},
	}
}

// checkEncryption offers what can be encrypted by, to a client with a key for it.
func checkEncryption(m oauth.ClientMetadata) error {
	for _, response := range encryptedResponses(&m) {
		alg, enc := *response.alg, *response.enc
		switch {
		case alg == "" && enc == "":
			continue
		case alg == "": // OpenID Connect Dynamic Client Registration §2
			return oauth.InvalidClientMetadata.Errorf("%s_encrypted_response_enc needs %[1]s_encrypted_response_alg", response.name)
		case !slices.Contains(oauth.EncryptionAlgs(), alg):
			return oauth.InvalidClientMetadata.Errorf("%s_encrypted_response_alg %s is not supported; RSA-OAEP-256 and ECDH-ES are", response.name, alg)
		case !slices.Contains(oauth.ContentEncryptions(), enc):
			return oauth.InvalidClientMetadata.Errorf("%s_encrypted_response_enc %s is not supported; A128CBC-HS256 and A256GCM are", response.name, enc)
		case m.JWKS == nil && m.JWKSURI == "":
			return oauth.InvalidClientMetadata.Errorf("%s_encrypted_response_alg needs jwks or jwks_uri", response.name)
		case m.JWKS == nil:
			continue
		}
		if _, err := jose.ParseEncryptionKey(m.JWKS, alg); err != nil {
			return oauth.InvalidClientMetadata.Errorf("jwks has no key for %s_encrypted_response_alg: %v", response.name, err)
		}
	}
	return nil
}
