package upstream

import (
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Kind is what a provider speaks.
type Kind string

// The kinds of provider.
const (
	OpenID Kind = "openid" // OpenID Connect Core, found by discovery
	GitHub Kind = "github" // OAuth 2 and an API of its own
)

// AppleSecret is how Apple wants to be shown who we are: a JWT of our own making, signed
// by ES256, in the place of a client_secret. It is in no specification.
const AppleSecret oauth.AuthMethod = "apple_client_secret"

// Whom a client assertion is addressed to.
const (
	AudienceIssuer        = "issuer"         // RFC 7523bis; what we want ourselves
	AudienceTokenEndpoint = "token_endpoint" // RFC 7523 §3, as many providers still want
)

// TenantPattern stands, in the issuer of a provider that speaks for many tenants, for
// the one that a token's tid names.
const TenantPattern = "{tenantid}"

// Provider is another identity provider that people may sign in by.
type Provider struct {
	ID string `json:"id"` // stands in the redirect URI, so it never changes
	Settings
	Created  time.Time `json:"created"`
	Sealed   []byte    `json:"sealed,omitempty"`    // the client secret, or the private key
	TokenKey []byte    `json:"token_key,omitempty"` // sealed: under it lie the tokens of people, with KeepTokens
}

// Settings are what an operator says of a provider. The zero value trusts it with
// nothing: nobody gets an account by it, and no address that it names is believed.
type Settings struct {
	Preset   string           `json:"preset,omitempty"` // that the settings began with
	Name     string           `json:"name"`             // on the button
	Kind     Kind             `json:"kind"`
	Issuer   string           `json:"issuer"`
	ClientID string           `json:"client_id"`
	Auth     oauth.AuthMethod `json:"token_endpoint_auth_method"`
	Scope    oauth.Scope      `json:"scope"`

	// ResponseMode is how the answer comes back: query where it is empty.
	ResponseMode oauth.ResponseMode `json:"response_mode,omitempty"`

	// DiscoveryURI is where the metadata are, where the issuer does not lead there.
	DiscoveryURI string `json:"discovery_uri,omitempty"`

	// Tenants are those that are let in of an issuer with TenantPattern; * is all.
	Tenants []string `json:"tenants,omitempty"`

	// APIURI is where the API of a GitHub is, where it is not that of github.com.
	APIURI string `json:"api_uri,omitempty"`

	KeyID             string    `json:"key_id,omitempty"`             // of a private key of its own
	TeamID            string    `json:"team_id,omitempty"`            // Apple's
	AssertionAudience string    `json:"assertion_audience,omitempty"` // AudienceIssuer where it is empty
	IDTokenAlg        oauth.Alg `json:"id_token_signed_response_alg,omitempty"`

	Order    int      `json:"order,omitempty"` // of the buttons, the smallest first
	Hidden   bool     `json:"hidden,omitempty"`
	Disabled bool     `json:"disabled,omitempty"`
	Domains  []string `json:"domains,omitempty"` // of addresses whose people are sent there

	// ACRValues lead a request that asks for one of them there, and go along.
	ACRValues []string `json:"acr_values,omitempty"`

	Trust
}

// Trust is how far a provider is believed.
type Trust struct {
	// CreateUsers gives who is not known here an account.
	CreateUsers bool `json:"create_users,omitempty"`

	// TrustEmail believes email_verified: such an address is verified here too, and its
	// holder may connect an account that has it, after signing in to that account.
	TrustEmail bool `json:"trust_email,omitempty"`

	// RequiredClaims lists for a claim the values one of which it must have, or nobody
	// is let in; an empty list wants the claim to be there.
	RequiredClaims map[string][]string `json:"required_claims,omitempty"`

	// Claims says for a claim of ours which one of theirs it is made of; "" for none.
	Claims map[string]string `json:"claims,omitempty"`

	// Userinfo asks the userinfo endpoint for claims that the id_token lacks.
	Userinfo bool `json:"userinfo,omitempty"`

	// ACR says for an acr of theirs which one of ours it is. TrustAMR takes over their amr.
	ACR      map[string]string `json:"acr,omitempty"`
	TrustAMR bool              `json:"trust_amr,omitempty"`

	// RequireAuthTime refuses who comes back without auth_time where a client wants the
	// person to prove who they are again.
	RequireAuthTime bool `json:"require_auth_time,omitempty"`

	// KeepTokens keeps the tokens that it gives for people, for clients that may ask for
	// them (oauth.ClientMetadata.ProviderTokens).
	KeepTokens bool `json:"keep_tokens,omitempty"`

	// PropagateLogout signs people out there, too, when they sign out here.
	PropagateLogout bool `json:"propagate_logout,omitempty"`
}

// moved reports whether what was given before is another's.
func (s Settings) moved(before Settings) bool {
	return s.Issuer != before.Issuer || s.DiscoveryURI != before.DiscoveryURI
}

// ownKey reports whether the secret is a private key.
func (s Settings) ownKey() bool {
	return s.Auth == AppleSecret || s.Auth == oauth.PrivateKeyJWT && s.KeyID != ""
}

// NeedsSecret reports whether there is nothing to be had of the provider without a
// secret: a client secret or a private key.
func (s Settings) NeedsSecret() bool {
	return s.Auth == oauth.ClientSecretBasic || s.Auth == oauth.ClientSecretPost || s.ownKey() || s.IDTokenAlg.Symmetric()
}
