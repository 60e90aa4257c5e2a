package identity

import (
	"math"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Application types (OpenID Connect Dynamic Client Registration §2).
const (
	webApplication    = "web"
	nativeApplication = "native"
)

// checkAuthorization is what a client must keep to that sends people to the
// authorization endpoint.
func checkAuthorization(m oauth.ClientMetadata) error {
	code := slices.Contains(m.GrantTypes, oauth.AuthorizationCode)
	for _, kind := range m.ResponseTypes {
		if kind != oauth.ResponseTypeCode { // RFC 9700 §2.1.2
			return oauth.InvalidClientMetadata.Errorf("response_types: %s is not supported; code is", kind)
		}
	}
	switch {
	case code != (len(m.ResponseTypes) > 0) || len(m.ResponseTypes) > 1: // RFC 7591 §2.1
		return oauth.InvalidClientMetadata.Errorf("response_types must be code with the authorization_code grant, and nothing without")
	case code && len(m.RedirectURIs) == 0: // RFC 7591 §2
		return oauth.InvalidRedirectURI.Errorf("redirect_uris is missing: the authorization_code grant needs one")
	case m.ApplicationType != "" && m.ApplicationType != webApplication && m.ApplicationType != nativeApplication:
		return oauth.InvalidClientMetadata.Errorf("application_type %s is not supported; web and native are", m.ApplicationType)
	case m.DefaultMaxAge != nil && (*m.DefaultMaxAge < 0 || *m.DefaultMaxAge > math.MaxInt32): // more would overflow as a Duration
		return oauth.InvalidClientMetadata.Errorf("default_max_age must be from 0 to %d seconds", math.MaxInt32)
	// A public client has nothing but PKCE between a stolen code and its tokens (RFC
	// 9700 §2.1.1).
	case m.WithoutPKCE && m.TokenEndpointAuthMethod == oauth.NoAuth:
		return oauth.InvalidClientMetadata.Errorf("without_pkce needs a secret, but token_endpoint_auth_method is none")
	}
	for _, class := range m.RequiredACRValues {
		if !slices.Contains(oauth.ACRValues(), class) { // nobody could ever sign in
			return oauth.InvalidClientMetadata.Errorf("required_acr_values: %s cannot be had here; %s can", class, strings.Join(oauth.ACRValues(), " and "))
		}
	}
	return checkSkipConsent(m)
}

// checkSkipConsent keeps people in the loop where anybody could pass for the client:
// any app can claim a private scheme, and would be let in without a question (RFC
// 8252 §8.6, RFC 9700 §4.13).
func checkSkipConsent(m oauth.ClientMetadata) error {
	if !m.SkipConsent || m.TokenEndpointAuthMethod != oauth.NoAuth {
		return nil
	}
	for _, uri := range m.RedirectURIs {
		if u, fault := parseURI(uri); fault != "" || !oauth.SecureURI(u) {
			return oauth.InvalidClientMetadata.Errorf("skip_consent of a public client needs redirect_uris that no other app can claim; %s is none", uri)
		}
	}
	return nil
}

// checkSubjectType wants to be sure that a sector can be told for a pairwise client.
func checkSubjectType(m oauth.ClientMetadata) error {
	switch m.SubjectType {
	case "", oauth.PublicSubject:
		return nil
	case oauth.PairwiseSubject:
		_, err := sector(m)
		return err
	}
	return oauth.InvalidClientMetadata.Errorf("subject_type %s is not supported; public and pairwise are", m.SubjectType)
}
