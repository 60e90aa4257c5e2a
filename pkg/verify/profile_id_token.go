package verify

import (
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// idTokenKind refuses what else an issuer may sign with typ JWT: access tokens
// from before RFC 9068, which have a scope, and logout tokens from before they had
// a typ (OpenID Connect Back-Channel Logout §2.4).
func idTokenKind(p Policy, claims jose.Claims) error {
	if err := absent(claims, "not an id_token", "events", "scope", "scp", "ath", "htm"); err != nil {
		return err
	}
	if client, _, err := claims.String("client_id"); !p.NamedClient || err != nil || !slices.Contains(p.Audience, client) {
		if err := absent(claims, "not an id_token", "client_id"); err != nil {
			return err
		}
	}
	if err := says(claims, "token_use", "id"); err != nil { // Amazon Cognito's word
		return err
	}
	return says(claims, "typ", "ID") // Keycloak's
}

// idTokenAudience applies OpenID Connect Core §3.1.3.7, steps 3 to 5: the audience
// is our clients', all of it, and azp, which must be there when there are several,
// is one of them.
func idTokenAudience(p Policy, claims jose.Claims) ([]string, error) {
	audience, _, err := claims.Strings("aud")
	if err != nil || len(audience) == 0 {
		return nil, oauth.InvalidToken.Errorf("aud is missing or malformed")
	}
	for _, client := range audience {
		if !slices.Contains(p.Audience, client) {
			return nil, oauth.InvalidToken.Errorf("an id_token for another client")
		}
	}
	party, present, err := claims.String("azp")
	if err != nil || present && !slices.Contains(p.Audience, party) || !present && len(audience) > 1 {
		return nil, oauth.InvalidToken.Errorf("azp is missing or another client")
	}
	return audience, nil
}
