package config

// OIDCAuthorizer is what the authorizer of lmammino/oidc-authorizer is told, beside
// JWKS_URI, so that a function which was configured for that one can be replaced:
// docs/authorizer.md. Lists are separated by commas.
type OIDCAuthorizer struct {
	AcceptedIssuers    string `env:"ACCEPTED_ISSUERS"`
	AcceptedAudiences  string `env:"ACCEPTED_AUDIENCES"`
	AcceptedAlgorithms string `env:"ACCEPTED_ALGORITHMS"`
	PrincipalIDClaims  string `env:"PRINCIPAL_ID_CLAIMS"`
	TokenValidationCEL string `env:"TOKEN_VALIDATION_CEL"`

	// TokenProfile is of our own: the profile of the issuers' tokens, where their names
	// do not tell.
	TokenProfile string `env:"TOKEN_PROFILE"`
}
