package verify

import (
	"slices"
	"strconv"
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

// requireClaims wants of each claim one of its values.
func requireClaims(required map[string][]string, claims jose.Claims) error {
	for name, accepted := range required {
		if !ClaimIs(claims[name], accepted) {
			return oauth.InvalidToken.Errorf("the claim %s is missing or has another value", strings.ToValidUTF8(name, "?"))
		}
	}
	return nil
}

// ClaimIs reports whether a claim has one of the values: of a list, whether one is in
// it. Numbers and true and false are compared as JSON writes them, objects with
// nothing. Without values it is enough that the claim is there and not null.
func ClaimIs(claim any, accepted []string) bool {
	if len(accepted) == 0 {
		return claim != nil
	}
	if list, ok := claim.([]any); ok {
		return slices.ContainsFunc(list, func(element any) bool { return scalarIs(element, accepted) })
	}
	return scalarIs(claim, accepted)
}

func scalarIs(value any, accepted []string) bool {
	switch v := value.(type) {
	case string:
		return slices.Contains(accepted, v)
	case bool:
		return slices.Contains(accepted, strconv.FormatBool(v))
	case float64:
		return slices.Contains(accepted, strconv.FormatFloat(v, 'f', -1, 64))
	}
	return false
}
