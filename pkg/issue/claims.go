package issue

import (
	"encoding/json"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// claimsAbout returns the standard claims about a person that the scope asks for
// (OpenID Connect Core §5.4) and those asked for by name (§5.5), as far as there
// are any.
func claimsAbout(user identity.User, scope oauth.Scope, asked map[string]ClaimRequest) (map[string]json.RawMessage, error) {
	about := user.StandardClaims
	if about.PreferredUsername == "" {
		about.PreferredUsername = user.Username
	}
	encoded, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &all); err != nil {
		return nil, err
	}
	claims := map[string]json.RawMessage{}
	take := func(name string) {
		if value, ok := all[name]; ok {
			claims[name] = value
		}
	}
	for token, names := range oauth.ScopeClaims() {
		if scope.Has(token) {
			for _, name := range names {
				take(name)
			}
		}
	}
	for name := range asked {
		take(name)
	}
	return claims, nil
}
