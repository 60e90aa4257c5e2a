package verify

import (
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// cognitoKind wants an access token. An id_token, signed with the same keys and
// without a typ as well, is accepted only where RequiredClaims names it.
func cognitoKind(p Policy, claims jose.Claims) error {
	use, _, err := claims.String("token_use")
	switch {
	case err == nil && use == "access":
		return nil
	case err == nil && use == "id" && slices.Contains(p.RequiredClaims["token_use"], "id"):
		return absent(claims, "not an id_token", "scope", "client_id", "events")
	}
	return oauth.InvalidToken.Errorf("token_use is not access")
}

// cognitoAudience compares the client, for an access token has no aud unless a
// resource was asked for, and then that is compared as well. An id_token's aud is
// its client.
func cognitoAudience(p Policy, claims jose.Claims) ([]string, error) {
	audience, present, err := claims.Strings("aud")
	if err != nil {
		return nil, oauth.InvalidToken.Errorf("malformed claims: %w", err)
	}
	ours := func(a string) bool { return slices.Contains(p.Audience, a) }
	if present && !slices.ContainsFunc(audience, ours) {
		return nil, oauth.InvalidToken.Errorf("not a token for this audience")
	}
	if claims["token_use"] == "id" {
		if !present {
			return nil, oauth.InvalidToken.Errorf("aud is missing")
		}
		return audience, nil
	}
	client, _, err := claims.String("client_id")
	if err != nil || !ours(client) {
		return nil, oauth.InvalidToken.Errorf("not a token of these clients")
	}
	if !present {
		audience = []string{client}
	}
	return audience, nil
}
