package oauth

import (
	"slices"
	"strings"
)

// Scope is a list of scope tokens without repetition, in the order they were
// given (RFC 6749 §3.3). In JSON it is the space-separated string.
type Scope []string

// Scope values with a meaning of their own (OpenID Connect Core §5.4, §11).
const (
	OpenID        = "openid"
	Profile       = "profile"
	Email         = "email"
	Address       = "address"
	Phone         = "phone"
	OfflineAccess = "offline_access"
	Groups        = "groups" // as the claim: RFC 9068 §2.2.3.1
	Roles         = "roles"  // the same

	// ProviderTokens lets a client have the tokens that other identity providers gave for
	// the person.
	ProviderTokens = "provider_tokens"
)

// ParseScope reads a space-separated list. It returns invalid_scope for what
// is no scope token, or more than 100 of them.
func ParseScope(s string) (Scope, error) {
	var scope Scope
	for token := range strings.SplitSeq(s, " ") {
		if token == "" {
			continue
		}
		if !IsScopeToken(token) {
			return nil, InvalidScope.Errorf("scope has a character that RFC 6749 section 3.3 does not allow")
		}
		if !slices.Contains(scope, token) {
			scope = append(scope, token)
		}
		if len(scope) > 100 {
			return nil, InvalidScope.Errorf("more than 100 scope values")
		}
	}
	return scope, nil
}

// IsScopeToken reports whether the text is one value of a scope: NQCHAR and nothing
// else (RFC 6749 §3.3), so that it can stand in a list, and in a quoted string.
func IsScopeToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e || r == '"' || r == '\\' })
}

// Has reports whether the token is in the scope.
func (s Scope) Has(token string) bool { return slices.Contains(s, token) }

// Within reports whether every token of s is in other.
func (s Scope) Within(other Scope) bool {
	return !slices.ContainsFunc(s, func(token string) bool { return !other.Has(token) })
}

// String returns the space-separated form.
func (s Scope) String() string { return strings.Join(s, " ") }

// MarshalText writes the space-separated form.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the space-separated form.
func (s *Scope) UnmarshalText(text []byte) (err error) {
	*s, err = ParseScope(string(text))
	return err
}

// AdminScopes are the scope values that administer this provider. A person is granted
// those alone that a group of theirs carries.
func AdminScopes() Scope {
	return Scope{
		"admin:audit:read", "admin:clients:read", "admin:clients:write", "admin:consents:read", "admin:consents:write",
		"admin:groups:read", "admin:groups:write", "admin:keys:read", "admin:keys:write",
		"admin:providers:read", "admin:providers:write",
		"admin:sessions:read", "admin:sessions:write", "admin:users:read", "admin:users:write",
	}
}

// Administers reports whether a scope value is of those that administer this provider,
// known or not.
func Administers(token string) bool { return strings.HasPrefix(token, "admin:") }
