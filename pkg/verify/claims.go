package verify

import (
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// read reads the claims about whom the token stands for (RFC 9068 §2.2, §2.2.3).
func (r *rules) read(t *oauth.AccessToken, claims jose.Claims) error {
	for _, claim := range [...]struct {
		name     string
		required bool
		value    *string
	}{
		{"sub", true, &t.Subject},
		{r.client, r.needClient, &t.ClientID},
		{r.id, r.needID, &t.ID},
	} {
		value, _, err := claims.String(claim.name)
		if err != nil || value == "" && claim.required {
			return oauth.InvalidToken.Errorf("%s is missing or malformed", claim.name)
		}
		*claim.value = value
	}
	if r.fill != nil {
		r.fill(t, claims)
	}
	if r.scope == "" {
		return nil
	}
	scope, _, err := claims.String(r.scope)
	if err != nil {
		return oauth.InvalidToken.Errorf("%s is malformed", r.scope)
	}
	if t.Scope, err = oauth.ParseScope(scope); err != nil {
		return oauth.InvalidToken.Errorf("%s is malformed: %w", r.scope, err)
	}
	return nil
}

// requireClaims wants of each claim one of its values: of a list, that one is in
// it. A value that is no string, nor true or false, matches none.
func requireClaims(required map[string][]string, claims jose.Claims) error {
	for name, accepted := range required {
		claim, present := claims[name]
		if !present || claim == nil || len(accepted) > 0 && !matches(claim, accepted) {
			return oauth.InvalidToken.Errorf("the claim %s is missing or has another value", strings.ToValidUTF8(name, "?"))
		}
	}
	return nil
}

func matches(claim any, accepted []string) bool {
	switch value := claim.(type) {
	case string:
		return slices.Contains(accepted, value)
	case bool:
		return slices.Contains(accepted, map[bool]string{true: "true", false: "false"}[value])
	case []any:
		return slices.ContainsFunc(value, func(element any) bool {
			text, ok := element.(string)
			return ok && slices.Contains(accepted, text)
		})
	}
	return false
}
