package verify

import (
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// entraKind wants an access token of the version that its issuer writes: 1.0 names
// the client in appid, 2.0 in azp. An id_token has the same typ and may have the
// same aud, but neither a client nor a permission.
func entraKind(p Policy, claims jose.Claims) error {
	version, _, err := claims.String("ver")
	client := entraClient(claims)
	if err != nil || client == "" || (version == "2.0") != strings.HasSuffix(p.Issuer, "/v2.0") {
		return oauth.InvalidToken.Errorf("not an access token: ver and its client do not fit")
	}
	if err := absent(claims, "not an access token", "nonce", "at_hash", "c_hash", "events"); err != nil {
		return err
	}
	_, scope := claims["scp"]
	_, roles := claims["roles"]
	if !scope && !roles { // an application that was granted nothing gets tokens, too
		return oauth.InvalidToken.Errorf("neither scp nor roles")
	}
	if _, _, err := claims.Strings("roles"); err != nil {
		return oauth.InvalidToken.Errorf("malformed claims: %w", err)
	}
	// The issuer is the tenant's own, so tid can only repeat it.
	tenant, present, err := claims.String("tid")
	if err != nil || present && !strings.Contains(p.Issuer, "/"+tenant+"/") {
		return oauth.InvalidToken.Errorf("tid is another tenant's")
	}
	return nil
}

// entraClient returns the client's id, "" when it is missing or the version is not
// known.
func entraClient(claims jose.Claims) string {
	name := "azp"
	switch claims["ver"] {
	case "1.0":
		name = "appid"
	case "2.0":
	default:
		return ""
	}
	client, _, err := claims.String(name)
	if err != nil {
		return ""
	}
	return client
}

func entraClientID(t *oauth.AccessToken, claims jose.Claims) { t.ClientID = entraClient(claims) }
