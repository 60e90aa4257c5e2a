package identity

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bounds of client metadata.
const (
	maxTextBytes     = 256
	maxURIBytes      = 2048
	maxResourceBytes = 512
	maxListLength    = 20 // all resources and origins can change in one store.Write
	minTokenLifetime = time.Minute
)

// withDefaults fills in what RFC 7591 §2 and OpenID Connect Dynamic Client
// Registration §2 give a default. A client with a secret and no redirect URI acts
// for itself.
func withDefaults(m oauth.ClientMetadata) oauth.ClientMetadata {
	if m.TokenEndpointAuthMethod == "" {
		m.TokenEndpointAuthMethod = oauth.ClientSecretBasic
	}
	switch {
	case m.GrantTypes != nil:
	case len(m.RedirectURIs) > 0:
		m.GrantTypes = []oauth.GrantType{oauth.AuthorizationCode}
	case m.TokenEndpointAuthMethod != oauth.NoAuth && len(m.Resource) == 0:
		m.GrantTypes = []oauth.GrantType{oauth.ClientCredentials}
	}
	if slices.Contains(m.GrantTypes, oauth.AuthorizationCode) {
		if m.ResponseTypes == nil {
			m.ResponseTypes = []string{oauth.ResponseTypeCode}
		}
		if m.ApplicationType == "" {
			m.ApplicationType = webApplication
		}
	}
	for _, response := range encryptedResponses(&m) {
		if *response.alg != "" && *response.enc == "" {
			*response.enc = oauth.A128CBCHS256
		}
	}
	return m
}

// checkMetadata is every rule a client must keep, in the order in which they are
// applied.
func checkMetadata(m oauth.ClientMetadata) error {
	for _, check := range []func(oauth.ClientMetadata) error{
		checkLists,
		checkTexts,
		checkAuthMethod,
		checkGrantTypes,
		checkProviderTokens,
		checkAlgs,
		checkRedirectURIs,
		checkPages,
		checkAuthorization,
		checkSubjectType,
		checkLogout,
		checkKeys,
		checkEncryption,
		checkResources,
		checkOrigins,
		checkLifetime,
		checkClaimsMapping,
	} {
		if err := check(m); err != nil {
			return err
		}
	}
	return nil
}

// member is one of the metadata that share a rule.
type member struct {
	name   string
	values []string
}

func checkLists(m oauth.ClientMetadata) error {
	for _, list := range []member{
		{"contacts", m.Contacts},
		{"redirect_uris", m.RedirectURIs},
		{"post_logout_redirect_uris", m.PostLogoutRedirectURIs},
		{"resource", m.Resource},
		{"audience", m.Audience},
		{"allowed_cors_origins", m.AllowedCORSOrigins},
		{"default_acr_values", m.DefaultACRValues},
		{"required_acr_values", m.RequiredACRValues},
		{"identity_providers", m.IdentityProviders},
		{"provider_tokens", m.ProviderTokens},
	} {
		if len(list.values) > maxListLength {
			return oauth.InvalidClientMetadata.Errorf("%s has more than %d members", list.name, maxListLength)
		}
		for i, value := range list.values {
			if slices.Contains(list.values[:i], value) {
				return oauth.InvalidClientMetadata.Errorf("%s names %s twice", list.name, value)
			}
		}
	}
	return nil
}

func checkTexts(m oauth.ClientMetadata) error {
	for _, texts := range []member{
		{"client_name", []string{m.ClientName}}, {"contacts", m.Contacts}, {"default_acr_values", m.DefaultACRValues},
	} {
		for _, text := range texts.values {
			if len(text) > maxTextBytes || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				return oauth.InvalidClientMetadata.Errorf("%s must be text of at most %d bytes without control characters", texts.name, maxTextBytes)
			}
		}
	}
	return nil
}

func checkAuthMethod(m oauth.ClientMetadata) error {
	switch m.TokenEndpointAuthMethod {
	case oauth.ClientSecretBasic, oauth.ClientSecretPost, oauth.NoAuth, oauth.PrivateKeyJWT:
		return checkAssertions(m)
	}
	return oauth.InvalidClientMetadata.Errorf("token_endpoint_auth_method %s is not supported; client_secret_basic, client_secret_post, private_key_jwt and none are", m.TokenEndpointAuthMethod)
}

func checkGrantTypes(m oauth.ClientMetadata) error {
	for i, grant := range m.GrantTypes {
		switch {
		case !slices.Contains(oauth.GrantTypes(), grant):
			return oauth.InvalidClientMetadata.Errorf("grant_types: %s is not supported; %s are", grant, oauth.GrantTypes())
		case slices.Contains(m.GrantTypes[:i], grant):
			return oauth.InvalidClientMetadata.Errorf("grant_types names %s twice", grant)
		case grant == oauth.ClientCredentials && m.TokenEndpointAuthMethod == oauth.NoAuth: // RFC 6749 §4.4
			return oauth.InvalidClientMetadata.Errorf("grant_types: client_credentials needs a secret, but token_endpoint_auth_method is none")
		case grant == oauth.TokenExchange && m.TokenEndpointAuthMethod == oauth.NoAuth: // RFC 8693 §2.1, §5
			return oauth.InvalidClientMetadata.Errorf("grant_types: token-exchange needs credentials, but token_endpoint_auth_method is none")
		case grant == oauth.AuthorizationCode && len(m.RedirectURIs) == 0:
			return oauth.InvalidClientMetadata.Errorf("grant_types: authorization_code needs redirect_uris")
		}
	}
	if len(m.GrantTypes) == 0 && len(m.Resource) == 0 {
		return oauth.InvalidClientMetadata.Errorf("grant_types is missing: a client that is no resource server needs one")
	}
	return nil
}

// checkProviderTokens wants what it takes to ask for them.
func checkProviderTokens(m oauth.ClientMetadata) error {
	if len(m.ProviderTokens) > 0 && !slices.Contains(m.GrantTypes, oauth.TokenExchange) {
		return oauth.InvalidClientMetadata.Errorf("provider_tokens needs the grant type %s", oauth.TokenExchange)
	}
	return nil
}

// checkAlgs offers what the key ring signs with. HS256 needs a secret that only
// one client has (RFC 8725 §3.1); a public client has none.
func checkAlgs(m oauth.ClientMetadata) error {
	for _, choice := range []struct {
		name string
		alg  oauth.Alg
	}{
		{"id_token_signed_response_alg", m.IDTokenSignedResponseAlg},
		{"access_token_signed_response_alg", m.AccessTokenSignedResponseAlg},
		{"userinfo_signed_response_alg", m.UserinfoSignedResponseAlg},
	} {
		switch choice.alg {
		case "", oauth.RS256, oauth.PS256, oauth.ES256, oauth.EdDSA:
		case oauth.HS256:
			if m.TokenEndpointAuthMethod == oauth.NoAuth {
				return oauth.InvalidClientMetadata.Errorf("%s HS256 needs a secret, but token_endpoint_auth_method is none", choice.name)
			}
		default:
			return oauth.InvalidClientMetadata.Errorf("%s %s is not supported; RS256, PS256, ES256, EdDSA and HS256 are", choice.name, choice.alg)
		}
	}
	return nil
}

func checkLifetime(m oauth.ClientMetadata) error {
	// Compared in seconds: a huge number would overflow as a Duration.
	least, most := int(minTokenLifetime/time.Second), int(oauth.MaxAccessTokenLifetime/time.Second)
	if n := m.AccessTokenLifetime; n != 0 && (n < least || n > most) {
		return oauth.InvalidClientMetadata.Errorf("access_token_lifetime must be from %d to %d seconds", least, most)
	}
	return nil
}
