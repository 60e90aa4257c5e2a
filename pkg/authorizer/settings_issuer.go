package authorizer

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// IssuerSettings describe one issuer whose tokens are accepted.
type IssuerSettings struct {
	// Issuer is what its tokens say in iss, byte for byte.
	Issuer string `json:"issuer"`

	// NoIss is for services that sign with a shared secret and write no iss: a token
	// without iss is taken for this one's. At most one issuer may have it.
	NoIss bool `json:"no_iss"`

	// Profile is what kind of token the issuer writes. Empty: hs256 where there is a
	// secret, else rfc9068.
	Profile verify.Profile `json:"profile"`

	// Audience lists the identifiers of this API. For the profiles oidc-id-token and
	// cognito these are client ids.
	Audience []string `json:"audience"`

	// NoAud is for services that write no aud. A token that has one is refused.
	NoAud bool `json:"no_aud"`

	// Algs lists the accepted algorithms. Empty: those that the profile allows.
	Algs []oauth.Alg `json:"algs"`

	// Where its keys are: at an address, in a file beside the program, in the variable
	// that holds a shared secret, or wherever its discovery document says, which is
	// also what is done when nothing is said.
	JWKSURI        string `json:"jwks_uri"`
	JWKSFile       string `json:"jwks_file"`
	SecretVariable string `json:"secret_variable"`
	Discovery      bool   `json:"discovery"`

	// ClientID is this API's at the issuer, and its audience where none is given. With
	// the variable that holds its secret the issuer is asked about opaque tokens, at
	// the introspection endpoint that it publishes.
	ClientID             string `json:"client_id"`
	ClientSecretVariable string `json:"client_secret_variable"`

	// RequiredClaims lists for a claim the values one of which it must have; an empty
	// list wants the claim to be there.
	RequiredClaims map[string][]string `json:"required_claims"`

	// MaxLifetime bounds exp minus iat. 0: a day.
	MaxLifetime Duration `json:"max_lifetime"`

	// KeysMaxAge bounds how long a key that the issuer withdrew is still trusted. 0: 5
	// minutes for our own, an hour for others.
	KeysMaxAge Duration `json:"keys_max_age"`

	// Status is whether its tokens are looked up in its status lists: off,
	// fail-closed, or fail-open, which lets a token pass when the list cannot be had.
	// Empty: fail-closed for our own, else off. A token that names no list is as good
	// as it was, so nothing is asked about it.
	Status string `json:"status"`

	// Userinfo names the claims that are fetched from its userinfo endpoint when a
	// token has none of that name.
	Userinfo []string `json:"userinfo"`

	// Own says that the issuer is an Ostiary of ours: its keys are at /jwks.json and
	// its certificate is Amazon's.
	Own bool `json:"own"`

	// Roots is whom its certificate may be from: amazon, system, or a file of
	// certificates. Empty: amazon for our own, else system.
	Roots string `json:"roots"`
}

// IntrospectionSettings describe an issuer that is asked about opaque tokens (RFC
// 7662).
type IntrospectionSettings struct {
	Issuer string `json:"issuer"`

	// Endpoint is where it is asked. Empty: as its discovery document says.
	Endpoint string `json:"endpoint"`

	// Prefix is how its tokens begin, so that no other issuer is shown them. One entry
	// may have none.
	Prefix string `json:"prefix"`

	ClientID             string `json:"client_id"`
	ClientSecretVariable string `json:"client_secret_variable"`

	// Audience lists the identifiers of this API, one of which must be in the answer.
	// NoAud is for issuers that do not say for whom a token is.
	Audience []string `json:"audience"`
	NoAud    bool     `json:"no_aud"`

	RequiredClaims map[string][]string `json:"required_claims"`

	// TTL is how long an answer is believed. Absent: 10 seconds.
	TTL *Duration `json:"ttl"`

	Roots string `json:"roots"` // as for issuers
}

// Secrets returns what an environment variable holds, which settings name but do
// not contain; "" when it is not set.
type Secrets func(variable string) oauth.Secret

// Duration is written as Go writes one: "10s", "24h".
type Duration time.Duration

// UnmarshalJSON reads a string such as "10s", and no number, which would leave its
// unit to guessing.
func (d *Duration) UnmarshalJSON(text []byte) error {
	var written string
	if err := json.Unmarshal(text, &written); err != nil {
		return errors.New(`a duration is a string such as "10s"`)
	}
	value, err := time.ParseDuration(written)
	if err != nil || value < 0 {
		return errors.New(`a duration is a string such as "10s"`)
	}
	*d = Duration(value)
	return nil
}

// MarshalText writes what UnmarshalJSON reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }
