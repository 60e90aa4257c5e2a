package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bounds of an attribute's values.
const (
	defaultAttributeBytes = 256
	maxAttributeBytes     = 4 << 10
)

func withAttributeDefaults(a oauth.Attribute) oauth.Attribute {
	if a.Type == "" {
		a.Type = oauth.StringAttribute
	}
	if a.Max == 0 {
		a.Max = defaultAttributeBytes
	}
	if a.SelfService == "" {
		a.SelfService = oauth.NoSelfService
	}
	return a
}

// checkAttribute is every rule an attribute must keep.
func checkAttribute(a oauth.Attribute) error {
	switch {
	case !oauth.IsClaimName(a.Name):
		return oauth.InvalidRequest.Errorf("an attribute's name must have 1 to 128 of a-z, A-Z, 0-9 and _-.:/")
	case oauth.IsRegisteredClaim(a.Name):
		return oauth.InvalidRequest.Errorf("%s is a claim with a meaning of its own; call the attribute something else", a.Name)
	case !slices.Contains(oauth.AttributeTypes(), a.Type):
		return oauth.InvalidRequest.Errorf("there is no type %s; string, number, boolean, strings and json are", a.Type)
	case a.Max < 1 || a.Max > maxAttributeBytes:
		return oauth.InvalidRequest.Errorf("an attribute's values can have 1 to %d bytes", maxAttributeBytes)
	case len(a.Description) > maxTextBytes || !utf8.ValidString(a.Description) || strings.ContainsFunc(a.Description, unicode.IsControl):
		return oauth.InvalidRequest.Errorf("an attribute's description must be text of at most %d bytes without control characters", maxTextBytes)
	case !slices.Contains([]oauth.SelfService{oauth.NoSelfService, oauth.ReadOwn, oauth.WriteOwn}, a.SelfService):
		return oauth.InvalidRequest.Errorf("self-service can be read, write or none")
	}
	for i, target := range a.In {
		if target != oauth.InAccessToken && target != oauth.InIDToken || slices.Contains(a.In[:i], target) {
			return oauth.InvalidRequest.Errorf("an attribute can be in access_token and id_token, each once, beside userinfo")
		}
	}
	return checkAttributeScope(a.Scope)
}

// checkAttributeScope leaves out scope values that say more than what is released.
func checkAttributeScope(scope string) error {
	switch {
	case !oauth.IsScopeToken(scope) || len(scope) > maxGroupBytes:
		return oauth.InvalidRequest.Errorf("an attribute needs a scope value of at most %d characters, by which it is released", maxGroupBytes)
	case scope == oauth.OpenID || scope == oauth.OfflineAccess || oauth.Administers(scope):
		return oauth.InvalidRequest.Errorf("the scope value %s has a meaning of its own, and releases no attribute", scope)
	}
	return nil
}
