package oauth

// Alg names a JWS signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1). There is
// no name for "none" here, so it cannot be asked for.
type Alg string

// The algorithms that are signed with and verified.
const (
	RS256 Alg = "RS256"
	PS256 Alg = "PS256"
	ES256 Alg = "ES256"
	ES384 Alg = "ES384"
	EdDSA Alg = "EdDSA"
	HS256 Alg = "HS256"
)

// Symmetric reports whether the algorithm needs a shared secret.
func (a Alg) Symmetric() bool { return a == HS256 }
