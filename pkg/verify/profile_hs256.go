package verify

import "github.com/ostiary-auth/ostiary/pkg/jose"

// sharedSecretKind refuses what else such services sign with the same secret and
// the same typ: id_tokens, logout tokens, refresh tokens, links in mails.
func sharedSecretKind(_ Policy, claims jose.Claims) error {
	if err := absent(claims, "not an access token", notAnAccessToken...); err != nil {
		return err
	}
	for _, name := range []string{"token_use", "token_type"} {
		if err := says(claims, name, "access", "access_token", "Bearer", "bearer"); err != nil {
			return err
		}
	}
	switch claims["type"] { // of anything, so that only these words count
	case "refresh", "refresh_token", "id", "id_token", "reset", "verify":
		return says(claims, "type", "access")
	}
	return nil
}
