package oauth

import (
	"encoding/json"
	"slices"
	"time"
)

// ClientMetadata is what a client is registered with. Members have RFC 7591 §2's
// names; those it does not define say so.
type ClientMetadata struct {
	ClientName              string      `json:"client_name,omitempty"`
	ClientURI               string      `json:"client_uri,omitempty"`
	LogoURI                 string      `json:"logo_uri,omitempty"`
	PolicyURI               string      `json:"policy_uri,omitempty"`
	TosURI                  string      `json:"tos_uri,omitempty"`
	Contacts                []string    `json:"contacts,omitempty"`
	RedirectURIs            []string    `json:"redirect_uris,omitempty"`
	GrantTypes              []GrantType `json:"grant_types,omitempty"`
	TokenEndpointAuthMethod AuthMethod  `json:"token_endpoint_auth_method,omitempty"`

	// TokenEndpointAuthSigningAlg is the one by which a private_key_jwt client signs;
	// any that its keys are for when empty (OpenID Connect Dynamic Client Registration
	// §2).
	TokenEndpointAuthSigningAlg Alg `json:"token_endpoint_auth_signing_alg,omitempty"`

	// Scope is what the client may ask for; what it gets when it asks for nothing.
	Scope Scope `json:"scope,omitempty"`

	// IDTokenSignedResponseAlg signs its id_tokens; RS256 when empty (OpenID
	// Connect Dynamic Client Registration §2).
	IDTokenSignedResponseAlg Alg `json:"id_token_signed_response_alg,omitempty"`

	// AccessTokenSignedResponseAlg signs access tokens made for this client, or,
	// where Resource is set, for this API; ES256 when empty. Not in RFC 7591.
	AccessTokenSignedResponseAlg Alg `json:"access_token_signed_response_alg,omitempty"`

	// Resource makes the client a resource server: the identifiers that stand in
	// aud of tokens meant for it (the word is RFC 9728's). It may introspect them,
	// and its AccessTokenSignedResponseAlg decides how they are signed. Not in
	// RFC 7591.
	Resource []string `json:"resource,omitempty"`

	// Audience lists the resources that the client may ask tokens for by the
	// resource parameter (RFC 8707), beside the server's default audience. Not in
	// RFC 7591.
	Audience []string `json:"audience,omitempty"`

	// ProviderTokens lists the other identity providers, by their IDs, whose tokens for a
	// person the client may have, where the person agrees. Not in RFC 7591.
	ProviderTokens []string `json:"provider_tokens,omitempty"`

	// AllowedCORSOrigins may read the token, userinfo and revocation endpoints'
	// answers from a browser. Not in RFC 7591.
	AllowedCORSOrigins []string `json:"allowed_cors_origins,omitempty"`

	// AccessTokenLifetime in seconds; the server's setting when 0. Not in RFC 7591.
	AccessTokenLifetime int `json:"access_token_lifetime,omitempty"`

	// ClaimsMapping changes what the client is told about people. Not in RFC 7591.
	ClaimsMapping []ClaimMapping `json:"claims_mapping,omitempty"`

	AuthorizationMetadata
	LogoutMetadata
	ResponseMetadata
}

// AuthorizationMetadata is how a client sends people to the authorization endpoint
// (OpenID Connect Dynamic Client Registration §2).
type AuthorizationMetadata struct {
	ResponseTypes    []string `json:"response_types,omitempty"`
	ApplicationType  string   `json:"application_type,omitempty"` // web or native
	InitiateLoginURI string   `json:"initiate_login_uri,omitempty"`
	DefaultMaxAge    *int     `json:"default_max_age,omitempty"` // seconds
	RequireAuthTime  bool     `json:"require_auth_time,omitempty"`
	DefaultACRValues []string `json:"default_acr_values,omitempty"`

	// RequiredACRValues are the classes of sign-in that will do, whatever a request asks
	// for; any when empty. Not in RFC 7591.
	RequiredACRValues []string `json:"required_acr_values,omitempty"`

	SubjectType SubjectType `json:"subject_type,omitempty"`

	// SectorIdentifierURI names the sector of a pairwise client; its host is the
	// sector. Without it all redirect URIs must share one host.
	SectorIdentifierURI string `json:"sector_identifier_uri,omitempty"`

	// IdentityProviders are the other providers that people may sign in by to use this
	// client, by their IDs, and LocalProvider for signing in here; any when empty. Not in
	// RFC 7591.
	IdentityProviders []string `json:"identity_providers,omitempty"`

	// WithoutPKCE lets a confidential client leave code_challenge out, for libraries
	// that know none. Not in RFC 7591.
	WithoutPKCE bool `json:"without_pkce,omitempty"`

	// SkipConsent trusts a first-party client with the scope that it is registered
	// for, without asking. Not in RFC 7591.
	SkipConsent bool `json:"skip_consent,omitempty"`

	// WithoutConfirmation lets a public client be answered without a page at a loopback
	// address or a private scheme, where another app on the person's device could pass
	// for it (RFC 8252 §8.6). Not in RFC 7591.
	WithoutConfirmation bool `json:"without_confirmation,omitempty"`
}

// LogoutMetadata is how a client learns that somebody signed out (OpenID Connect
// RP-Initiated Logout §3.1, Back-Channel Logout §2.2, Front-Channel Logout §2).
type LogoutMetadata struct {
	PostLogoutRedirectURIs            []string `json:"post_logout_redirect_uris,omitempty"`
	BackchannelLogoutURI              string   `json:"backchannel_logout_uri,omitempty"`
	BackchannelLogoutSessionRequired  bool     `json:"backchannel_logout_session_required,omitempty"`
	FrontchannelLogoutURI             string   `json:"frontchannel_logout_uri,omitempty"`
	FrontchannelLogoutSessionRequired bool     `json:"frontchannel_logout_session_required,omitempty"`
}

// ResponseMetadata is how a client wants what it reads signed and encrypted
// (OpenID Connect Dynamic Client Registration §2).
type ResponseMetadata struct {
	UserinfoSignedResponseAlg    Alg    `json:"userinfo_signed_response_alg,omitempty"`
	IDTokenEncryptedResponseAlg  string `json:"id_token_encrypted_response_alg,omitempty"`
	IDTokenEncryptedResponseEnc  string `json:"id_token_encrypted_response_enc,omitempty"`
	UserinfoEncryptedResponseAlg string `json:"userinfo_encrypted_response_alg,omitempty"`
	UserinfoEncryptedResponseEnc string `json:"userinfo_encrypted_response_enc,omitempty"`

	// The client's public keys, for encrypting to it and for knowing it: themselves, or
	// where they are, never both (RFC 7591 §2).
	JWKS    json.RawMessage `json:"jwks,omitempty"`
	JWKSURI string          `json:"jwks_uri,omitempty"`
}

// Client is a registered client.
type Client struct {
	ClientMetadata
	ID       string         `json:"client_id"`
	IssuedAt time.Time      `json:"issued_at"`
	Secrets  []ClientSecret `json:"secrets,omitempty"` // at most two, so that one can be rotated

	// Dynamic is there when the client registered itself (RFC 7591).
	Dynamic *DynamicRegistration `json:"dynamic,omitempty"`
}

// DynamicRegistration is what is remembered of a client that registered itself.
type DynamicRegistration struct {
	AccessToken []byte            `json:"access_token"` // SHA-256 of its registration_access_token: RFC 7592 §3
	Terms       RegistrationTerms `json:"terms"`
}

// RegistrationTerms say what a client that registers itself may become, beside what
// anybody may: sign people in by the code flow.
type RegistrationTerms struct {
	Scope       Scope       `json:"scope"`                  // at most
	GrantTypes  []GrantType `json:"grant_types,omitempty"`  // beside authorization_code and refresh_token
	WithoutPKCE bool        `json:"without_pkce,omitempty"` // confidential clients need no PKCE
}

// ClientSecret is one of a client's secrets, as it is remembered.
type ClientSecret struct {
	Hash    []byte    `json:"hash"`             // SHA-256
	Sealed  []byte    `json:"sealed,omitempty"` // only where the metadata names an HMAC algorithm
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: never; set when a newer secret replaces it
}

// Allows reports whether the client is registered for the grant type.
func (c Client) Allows(grant GrantType) bool { return slices.Contains(c.GrantTypes, grant) }

// LocalProvider names signing in here, where other providers are named by their IDs.
const LocalProvider = "local"

// AdmitsBy reports whether people may use the client who have signed in by the provider.
func (c Client) AdmitsBy(provider string) bool {
	return len(c.IdentityProviders) == 0 || slices.Contains(c.IdentityProviders, provider)
}

// Public reports whether the client has no credentials (RFC 6749 §2.1).
func (c Client) Public() bool { return c.TokenEndpointAuthMethod == NoAuth }

// NeedsSecret reports whether the client has a secret: to authenticate with, or to
// sign with.
func (c ClientMetadata) NeedsSecret() bool {
	return c.TokenEndpointAuthMethod.Secret() || c.NeedsSecretInClear()
}

// NeedsSecretInClear reports whether the metadata names an HMAC algorithm, so
// that the secret must be kept sealed and not only hashed.
func (c ClientMetadata) NeedsSecretInClear() bool {
	return c.IDTokenSignedResponseAlg.Symmetric() || c.AccessTokenSignedResponseAlg.Symmetric() ||
		c.UserinfoSignedResponseAlg.Symmetric()
}
