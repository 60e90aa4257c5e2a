package identity

import (
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// withinTerms makes of the metadata that a stranger sends what a stranger may have.
// Members that an operator alone may set are left out, as unknown ones are (RFC 7591
// §2), and the answer shows it; what would make the client another than it asked to
// be is refused. All the rules that bind an operator's clients bind this one too.
func withinTerms(m oauth.ClientMetadata, terms oauth.RegistrationTerms) (oauth.ClientMetadata, error) {
	if m.GrantTypes == nil { // OpenID Connect Dynamic Client Registration §2
		m.GrantTypes = []oauth.GrantType{oauth.AuthorizationCode}
	}
	for _, grant := range m.GrantTypes {
		if !slices.Contains(append([]oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken}, terms.GrantTypes...), grant) {
			return m, oauth.InvalidClientMetadata.Errorf("grant_types: %s is not for clients that register themselves", grant)
		}
	}
	scope, err := scopeWithin(m.Scope, terms.Scope)
	if err != nil {
		return m, err
	}
	m.Scope = scope
	m.Resource, m.Audience, m.AllowedCORSOrigins, m.ProviderTokens = nil, nil, nil, nil
	m.AccessTokenLifetime, m.AccessTokenSignedResponseAlg, m.ClaimsMapping = 0, "", nil
	m.SkipConsent, m.WithoutConfirmation = false, false
	m.RequiredACRValues, m.IdentityProviders = nil, nil
	m.WithoutPKCE = terms.WithoutPKCE && m.TokenEndpointAuthMethod != oauth.NoAuth
	if m.ApplicationType == "" && onlyNative(m.RedirectURIs) {
		// Clients of RFC 7591 alone, such as MCP's, do not know application_type. What a
		// server has for a default it may choose (RFC 7591 §2).
		m.ApplicationType = nativeApplication
	}
	if m.IDTokenSignedResponseAlg == "" { // the defaults, so that the answer shows them
		m.IDTokenSignedResponseAlg = oauth.RS256
	}
	if m.SubjectType == "" {
		m.SubjectType = oauth.PublicSubject
	}
	return m, checkSchemes(m)
}

// amendTerms makes what an operator changed the terms from then on: the client could
// otherwise take back what it was deprived of.
func amendTerms(terms oauth.RegistrationTerms, before, after oauth.ClientMetadata) oauth.RegistrationTerms {
	if !slices.Equal(before.Scope, after.Scope) {
		terms.Scope = after.Scope
	}
	if !slices.Equal(before.GrantTypes, after.GrantTypes) {
		terms.GrantTypes = slices.DeleteFunc(slices.Clone(after.GrantTypes), func(grant oauth.GrantType) bool {
			return grant == oauth.AuthorizationCode || grant == oauth.RefreshToken
		})
	}
	if before.WithoutPKCE != after.WithoutPKCE {
		terms.WithoutPKCE = after.WithoutPKCE
	}
	return terms
}

// scopeWithin leaves out what the terms do not hold (RFC 7591 §2, scope). Who asks for
// nothing may ask for all that the terms hold.
func scopeWithin(asked, most oauth.Scope) (oauth.Scope, error) {
	if len(asked) == 0 {
		return most, nil
	}
	scope := slices.DeleteFunc(slices.Clone(asked), func(token string) bool { return !most.Has(token) })
	if len(scope) == 0 {
		return nil, oauth.InvalidClientMetadata.Errorf("scope: none of it can be had; %s can", most)
	}
	return scope, nil
}

// onlyNative reports whether a web client could have none of the redirect URIs.
func onlyNative(uris []string) bool {
	return len(uris) > 0 && !slices.ContainsFunc(uris, func(uri string) bool { return strings.HasPrefix(uri, "https:") })
}

// checkSchemes keeps a web client to https, and leaves private schemes and http on a
// loopback address to native ones (OpenID Connect Dynamic Client Registration §2,
// application_type). A person sent to initiate_login_uri by plain http could be sent
// anywhere.
func checkSchemes(m oauth.ClientMetadata) error {
	for _, uri := range m.RedirectURIs {
		u, fault := parseURI(uri)
		if fault == "" && u.Scheme != "https" && m.ApplicationType != nativeApplication {
			return oauth.InvalidRedirectURI.Errorf("redirect_uris: %s is for application_type native; that of a web client must be https", uri)
		}
	}
	if uri := m.InitiateLoginURI; uri != "" && !strings.HasPrefix(uri, "https://") {
		return oauth.InvalidClientMetadata.Errorf("initiate_login_uri must be https")
	}
	return nil
}
