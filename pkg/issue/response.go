package issue

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// UserinfoResponse is what userinfo answers (OpenID Connect Core §5.3.2): the
// claims, or, where the client is registered for it, a JWT that holds them.
type UserinfoResponse struct {
	Claims map[string]json.RawMessage
	JWT    string // "" for plain JSON
}

// untyped is the typ of userinfo's JWT: none. By the one of an id_token it would
// pass for one wherever a hint of who is signed in is taken.
const untyped = ""

// userinfoJWT signs, encrypts, or signs and then encrypts the claims, as the client
// is registered.
func (i *Issuer) userinfoJWT(ctx context.Context, client oauth.Client, claims map[string]json.RawMessage) (string, error) {
	alg := client.UserinfoSignedResponseAlg
	if alg == "" && client.UserinfoEncryptedResponseAlg == "" {
		return "", nil
	}
	content, contentType := "", ""
	if alg != "" {
		token, err := i.signUserinfo(ctx, client, alg, claims)
		if err != nil {
			return "", err
		}
		content, contentType = token, keys.ContentJWT
	} else {
		encoded, err := json.Marshal(claims)
		if err != nil {
			return "", err
		}
		content = string(encoded)
	}
	return i.encrypted(ctx, client, client.UserinfoEncryptedResponseAlg, client.UserinfoEncryptedResponseEnc, contentType, content)
}

// signUserinfo adds who says it, and to whom. There is no exp: nothing is to be
// believed because it holds this token.
func (i *Issuer) signUserinfo(ctx context.Context, client oauth.Client, alg oauth.Alg, claims map[string]json.RawMessage) (string, error) {
	signed := maps.Clone(claims)
	for name, value := range map[string]string{"iss": i.cfg.Issuer, "aud": client.ID} {
		encoded, err := json.Marshal(value)
		if err != nil {
			return "", err
		}
		signed[name] = encoded
	}
	sign, err := i.signer(ctx, client, alg)
	if err != nil {
		return "", err
	}
	return sign(ctx, untyped, signed)
}

// encrypted encrypts a response to the client's key, where it is registered for
// that: alg "" leaves it as it is.
func (i *Issuer) encrypted(ctx context.Context, client oauth.Client, alg, enc, contentType, content string) (string, error) {
	if alg == "" {
		return content, nil
	}
	key, err := i.clients.EncryptionKey(ctx, client, alg)
	if err != nil && ctx.Err() == nil {
		// What is at its jwks_uri, the client chooses, so it is no outage of ours: as in
		// verify.ClientAssertions.
		err = oauth.InvalidRequest.Errorf("the client's keys cannot be had, and nothing goes unencrypted: %w", errors.New(err.Error()))
	}
	if err != nil {
		return "", err
	}
	return keys.Encrypt(key, alg, enc, contentType, []byte(content))
}
