package oauth

import "time"

// MaxAccessTokenLifetime is the longest that an access token may live, whoever asks
// for more: it is remembered for so long that one was revoked.
const MaxAccessTokenLifetime = 24 * time.Hour

// UsageIdentifierKey is API Gateway's name of the key by whose usage plan a REST API
// counts requests, and the claim with it where an API key stands for a token.
const UsageIdentifierKey = "usageIdentifierKey"

// AccessToken is a verified access token (RFC 9068 §2.2). Its only source is a
// verifier, so holding one means that signature, issuer, audience and times were
// checked.
type AccessToken struct {
	Issuer   string
	Subject  string
	ClientID string
	ID       string // jti
	Audience []string
	Scope    Scope
	IssuedAt time.Time
	Expires  time.Time
	Claims   map[string]any // every claim, as decoded; numbers are float64
}
