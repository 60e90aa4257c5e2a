package endpoint

import (
	"maps"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// metadata is what the provider can do (OpenID Connect Discovery §3, RFC 8414
// §2). Every member is computed from the table that makes it true, and stated
// even where the specifications have a default, because some readers know none.
type metadata struct {
	Issuer                string `json:"issuer"`
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	UserinfoEndpoint      string `json:"userinfo_endpoint"`
	JWKSURI               string `json:"jwks_uri"`
	RevocationEndpoint    string `json:"revocation_endpoint"`
	IntrospectionEndpoint string `json:"introspection_endpoint"`
	RegistrationEndpoint  string `json:"registration_endpoint,omitempty"`
	StatusListAggregation string `json:"status_list_aggregation_endpoint"` // Token Status List §9.1

	ScopesSupported        []string            `json:"scopes_supported"`
	ResponseTypesSupported []string            `json:"response_types_supported"`
	GrantTypesSupported    []oauth.GrantType   `json:"grant_types_supported"`
	SubjectTypesSupported  []oauth.SubjectType `json:"subject_types_supported"`
	ClaimTypesSupported    []string            `json:"claim_types_supported"`
	ClaimsSupported        []string            `json:"claims_supported"`

	IDTokenSigningAlgs     []oauth.Alg `json:"id_token_signing_alg_values_supported"`
	IDTokenEncryptionAlgs  []string    `json:"id_token_encryption_alg_values_supported"`
	IDTokenEncryptionEncs  []string    `json:"id_token_encryption_enc_values_supported"`
	UserinfoSigningAlgs    []oauth.Alg `json:"userinfo_signing_alg_values_supported"`
	UserinfoEncryptionAlgs []string    `json:"userinfo_encryption_alg_values_supported"`
	UserinfoEncryptionEncs []string    `json:"userinfo_encryption_enc_values_supported"`

	TokenEndpointAuthMethods         []oauth.AuthMethod `json:"token_endpoint_auth_methods_supported"`
	RevocationEndpointAuthMethods    []oauth.AuthMethod `json:"revocation_endpoint_auth_methods_supported"`
	IntrospectionEndpointAuthMethods []oauth.AuthMethod `json:"introspection_endpoint_auth_methods_supported"`
	TokenEndpointAuthAlgs            []oauth.Alg        `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationEndpointAuthAlgs       []oauth.Alg        `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionEndpointAuthAlgs    []oauth.Alg        `json:"introspection_endpoint_auth_signing_alg_values_supported"`

	ResponseModes        []oauth.ResponseMode `json:"response_modes_supported"`
	CodeChallengeMethods []string             `json:"code_challenge_methods_supported"`
	Prompts              []oauth.Prompt       `json:"prompt_values_supported"` // Initiating User Registration §4.1
	Displays             []string             `json:"display_values_supported"`
	ACRValues            []string             `json:"acr_values_supported"`
	UILocales            []string             `json:"ui_locales_supported"`

	logoutMetadata

	ClaimsParameterSupported     bool `json:"claims_parameter_supported"`
	RequestParameterSupported    bool `json:"request_parameter_supported"`
	RequestURIParameterSupported bool `json:"request_uri_parameter_supported"`                // true when not stated
	IssParameterSupported        bool `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
}

// released are the scope values that there are where people may have these attributes, and
// the claims, those of a token's own among them.
func released(schema []oauth.Attribute) (scopes, claims []string) {
	claims = []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"}
	known := oauth.ScopeClaims()
	scopes = slices.Sorted(maps.Keys(known))
	for _, scope := range scopes {
		claims = append(claims, known[scope]...)
	}
	for _, a := range schema {
		claims, scopes = append(claims, a.Name), append(scopes, a.Scope)
	}
	slices.Sort(scopes)
	return append([]string{oauth.OpenID, oauth.OfflineAccess}, slices.Compact(scopes)...), claims
}

// describe is the metadata where people may have these attributes.
func (p *Provider) describe(schema []oauth.Attribute) metadata {
	grants := slices.Sorted(maps.Keys(p.issuer.Grants()))
	scopes, claims := released(schema)
	if slices.Contains(grants, oauth.TokenExchange) {
		scopes = append(scopes, oauth.ProviderTokens)
	}
	registration := ""
	if p.registers() {
		registration = p.cfg.Issuer + registrationPath
	}
	return metadata{
		Issuer:                p.cfg.Issuer,
		AuthorizationEndpoint: p.cfg.Issuer + authorizationPath,
		TokenEndpoint:         p.cfg.Issuer + tokenPath,
		UserinfoEndpoint:      p.cfg.Issuer + userinfoPath,
		JWKSURI:               p.cfg.Issuer + jwksPath,
		RevocationEndpoint:    p.cfg.Issuer + revocationPath,
		IntrospectionEndpoint: p.cfg.Issuer + introspectionPath,
		RegistrationEndpoint:  registration,
		StatusListAggregation: p.cfg.Issuer + statusPath,

		ScopesSupported:        scopes,
		ResponseTypesSupported: []string{oauth.ResponseTypeCode},
		GrantTypesSupported:    grants,
		SubjectTypesSupported:  []oauth.SubjectType{oauth.PublicSubject, oauth.PairwiseSubject},
		ClaimTypesSupported:    []string{"normal"},
		ClaimsSupported:        claims,

		IDTokenSigningAlgs:     append(p.ring.Algs(), oauth.HS256),
		IDTokenEncryptionAlgs:  oauth.EncryptionAlgs(),
		IDTokenEncryptionEncs:  oauth.ContentEncryptions(),
		UserinfoSigningAlgs:    append(p.ring.Algs(), oauth.HS256),
		UserinfoEncryptionAlgs: oauth.EncryptionAlgs(),
		UserinfoEncryptionEncs: oauth.ContentEncryptions(),

		TokenEndpointAuthMethods:         methodNames(),
		RevocationEndpointAuthMethods:    methodNames(),
		IntrospectionEndpointAuthMethods: methodNames(oauth.NoAuth),
		TokenEndpointAuthAlgs:            oauth.ClientAssertionAlgs(),
		RevocationEndpointAuthAlgs:       oauth.ClientAssertionAlgs(),
		IntrospectionEndpointAuthAlgs:    oauth.ClientAssertionAlgs(),

		ResponseModes:        issue.ResponseModes(),
		CodeChallengeMethods: []string{oauth.CodeChallengeMethodS256},
		Prompts:              issue.Prompts(p.cfg),
		Displays:             issue.Displays(),
		ACRValues:            oauth.ACRValues(),
		UILocales:            issue.UILocales(p.cfg),

		logoutMetadata: p.describeLogout(),

		ClaimsParameterSupported: true,
		IssParameterSupported:    true,
	}
}
