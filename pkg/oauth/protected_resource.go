package oauth

// ProtectedResourcePath is where a protected resource describes itself; the
// resource's own path, where it has one, follows (RFC 9728 §3.1).
const ProtectedResourcePath = "/.well-known/oauth-protected-resource"

// ProtectedResource is what an API says of itself, so that clients find their way
// from a refusal to whoever issues its tokens (RFC 9728 §2).
type ProtectedResource struct {
	Resource               string   `json:"resource"`
	AuthorizationServers   []string `json:"authorization_servers,omitempty"`
	ScopesSupported        []string `json:"scopes_supported,omitempty"`
	BearerMethodsSupported []string `json:"bearer_methods_supported,omitempty"`
	ResourceName           string   `json:"resource_name,omitempty"`
	ResourceDocumentation  string   `json:"resource_documentation,omitempty"`

	// Whether tokens may, or must, be bound to their sender (RFC 8705 §3, RFC 9449 §5.1).
	DPoPSigningAlgs   []Alg `json:"dpop_signing_alg_values_supported,omitempty"`
	DPoPRequired      bool  `json:"dpop_bound_access_tokens_required,omitempty"`
	CertificatesBound bool  `json:"tls_client_certificate_bound_access_tokens,omitempty"`
}
