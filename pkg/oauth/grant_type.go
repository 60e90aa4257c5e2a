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
)

// AuthMethod names how a client authenticates at the token endpoint (RFC 7591
// §2, token_endpoint_auth_method).
type AuthMethod string

// Client authentication methods.
const (
	ClientSecretBasic AuthMethod = "client_secret_basic"
	ClientSecretPost  AuthMethod = "client_secret_post"
	NoAuth            AuthMethod = "none"
)
