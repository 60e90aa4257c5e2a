package oauth

// GrantType names what a client presents at the token endpoint (RFC 6749 §1.3).
type GrantType string

// The grant types that the server knows. Which of them work is decided by the
// table in package issue and nothing else.
const (
	AuthorizationCode GrantType = "authorization_code"
	ClientCredentials GrantType = "client_credentials"
	RefreshToken      GrantType = "refresh_token"
	Password          GrantType = "password" // deprecated: RFC 9700 §2.4
	TokenExchange     GrantType = "urn:ietf:params:oauth:grant-type:token-exchange"
)

// GrantTypes are those that a client can be registered for.
func GrantTypes() []GrantType {
	return []GrantType{AuthorizationCode, ClientCredentials, RefreshToken, Password, TokenExchange}
}

// TokenTypeAccessToken says that a token is an access token (RFC 8693 §3).
const TokenTypeAccessToken = "urn:ietf:params:oauth:token-type:access_token"

// AuthMethod names how a client authenticates at the token endpoint (RFC 7591
// §2, token_endpoint_auth_method).
type AuthMethod string

// Client authentication methods.
const (
	ClientSecretBasic AuthMethod = "client_secret_basic"
	ClientSecretPost  AuthMethod = "client_secret_post"
	PrivateKeyJWT     AuthMethod = "private_key_jwt" // OpenID Connect Core §9
	NoAuth            AuthMethod = "none"
)

// Secret reports whether the method is by a secret that both sides know.
func (m AuthMethod) Secret() bool { return m == ClientSecretBasic || m == ClientSecretPost }

// ClientAssertionType is what client_assertion_type must say (RFC 7523 §2.2).
const ClientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// ClientAssertionAlgs returns the algorithms by which a client may sign what proves
// who it is. Discovery reads it.
func ClientAssertionAlgs() []Alg { return []Alg{RS256, PS256, ES256, ES384, EdDSA} }
