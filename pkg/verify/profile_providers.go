package verify

import (
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// notAnAccessToken are the claims that id_tokens and logout tokens have (OpenID
// Connect Core §2, §3.3.2.11, Back-Channel Logout §2.4), and DPoP proofs.
var notAnAccessToken = []string{"nonce", "at_hash", "c_hash", "events", "ath", "htm"}

// auth0Kind wants an access token of an Auth0 API whose token profile is Auth0's own.
// Its id_tokens have the same typ; their audience is the client, which no access
// token's is.
func auth0Kind(_ Policy, claims jose.Claims) error {
	client, _, err := claims.String("azp")
	audience, _, wrong := claims.Strings("aud")
	if err != nil || wrong != nil || client == "" || slices.Contains(audience, client) {
		return oauth.InvalidToken.Errorf("not an access token: azp is missing, or the audience")
	}
	return absent(claims, "not an access token", notAnAccessToken...)
}

// keycloakKind wants what says that it is to be borne, or bound to a key. Keycloak
// writes the kind of a token into a claim, typ, and JWT into the header's.
func keycloakKind(_ Policy, claims jose.Claims) error {
	_, bound := claims["cnf"]
	if claims["typ"] != "Bearer" && (claims["typ"] != "DPoP" || !bound) {
		return oauth.InvalidToken.Errorf("another kind of token: its claim typ says so, or is missing")
	}
	return absent(claims, "not an access token", "at_hash", "c_hash", "events", "ath", "htm")
}

// oktaKind wants an access token: it names its client in cid, which id_tokens have
// not, and its permissions in a list.
func oktaKind(_ Policy, claims jose.Claims) error {
	client, _, err := claims.String("cid")
	if err != nil || client == "" {
		return oauth.InvalidToken.Errorf("not an access token: cid is missing")
	}
	scope, _, err := claims.Strings("scp")
	if err != nil {
		return oauth.InvalidToken.Errorf("malformed claims: %w", err)
	}
	for _, token := range scope { // one that holds a space would be read as two
		if parsed, err := oauth.ParseScope(token); err != nil || parsed.String() != token || len(parsed) != 1 {
			return oauth.InvalidToken.Errorf("scp is malformed")
		}
	}
	return absent(claims, "not an access token", notAnAccessToken...)
}

// oktaScope reads the list that oktaKind has checked.
func oktaScope(t *oauth.AccessToken, claims jose.Claims) {
	t.Scope, _, _ = claims.Strings("scp")
}
