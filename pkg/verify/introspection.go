package verify

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// IntrospectionTTL is how long an answer is believed when nothing else is said.
const IntrospectionTTL = 10 * time.Second

const (
	askTimeout = fetch.Timeout
	failureTTL = time.Second // for a question that the issuer did not answer
)

// IntrospectionPolicy says whom to ask about opaque tokens, and which answers are
// good. The zero value accepts none.
type IntrospectionPolicy struct {
	Issuer string

	// Endpoint is where the issuer is asked. Empty: as Metadata says.
	Endpoint string
	Metadata *Metadata

	// ClientID and Secret are those of this API (RFC 7662 §2.1).
	ClientID string
	Secret   oauth.Secret

	// Audience lists the identifiers of this API, one of which must be in the answer.
	// NoAud is for issuers that do not say for whom a token is.
	Audience []string
	NoAud    bool

	// RequiredClaims are as in Policy.
	RequiredClaims map[string][]string

	// TTL bounds how long an answer is believed, and so how long a revoked token
	// passes. 0: IntrospectionTTL.
	TTL time.Duration
}

// Introspection verifies opaque tokens by asking their issuer (RFC 7662).
type Introspection struct {
	policy  IntrospectionPolicy
	client  *fetch.Client
	answers *answers[oauth.AccessToken]
	now     func() time.Time
}

// NewIntrospection returns a verifier of the policy.
func NewIntrospection(p IntrospectionPolicy, client *fetch.Client) (*Introspection, error) {
	if p.Issuer == "" || p.ClientID == "" || p.Secret == "" || client == nil || p.Endpoint == "" && p.Metadata == nil {
		return nil, errors.New("verify: to introspect, an issuer, its endpoint, a client and its secret are required")
	}
	if (len(p.Audience) > 0) == p.NoAud || slices.Contains(p.Audience, "") {
		return nil, errors.New("verify: to introspect, either an audience is required or there is none")
	}
	if p.TTL <= 0 {
		p.TTL = IntrospectionTTL
	}
	return &Introspection{policy: p, client: client, answers: newAnswers[oauth.AccessToken](), now: kept.Now}, nil
}

// Verify returns the token if its issuer says that it is active and it is meant
// for this API. A token that is not is invalid_token; any other error is ours, and
// wraps ErrIssuerUnavailable where the issuer did not answer, or not sensibly.
func (v *Introspection) Verify(ctx context.Context, token string) (oauth.AccessToken, error) {
	if err := checkBearer(token); err != nil {
		return oauth.AccessToken{}, err
	}
	t, err := v.answers.get(ctx, sha256.Sum256([]byte(token)), func(ctx context.Context) (oauth.AccessToken, time.Time, error) {
		return v.ask(ctx, token)
	})
	if err != nil && !oauth.InvalidToken.In(err) {
		return oauth.AccessToken{}, fmt.Errorf("%w: introspect: %w", ErrIssuerUnavailable, err)
	}
	return t, err
}

// checkBearer wants what a bearer token is made of (RFC 6750 §2.1), so that no
// other text reaches an issuer.
func checkBearer(token string) error {
	if token == "" || len(token) > jose.MaxAccessTokenBytes {
		return oauth.InvalidToken.Errorf("malformed token")
	}
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~+/=", r)
	}
	if strings.ContainsFunc(token, odd) {
		return oauth.InvalidToken.Errorf("malformed token")
	}
	return nil
}

// ask returns what the issuer says, and until when that is believed.
func (v *Introspection) ask(ctx context.Context, token string) (oauth.AccessToken, time.Time, error) {
	now := v.now()
	endpoint := v.policy.Endpoint
	if endpoint == "" {
		var err error
		if endpoint, err = v.policy.Metadata.introspectionEndpoint(ctx); err != nil {
			return oauth.AccessToken{}, now.Add(failureTTL), err
		}
	}
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}} // RFC 7662 §2.1
	response, err := v.client.Ask(ctx, endpoint, form, v.policy.ClientID, v.policy.Secret)
	if err != nil {
		return oauth.AccessToken{}, now.Add(failureTTL), err
	}
	answer, err := jose.ParseClaims(response.Body)
	if err != nil {
		return oauth.AccessToken{}, now.Add(failureTTL), fmt.Errorf("read the answer: %w", err)
	}
	t, err := v.judge(answer, now)
	until := now.Add(v.policy.TTL)
	switch {
	case err == nil && t.Expires.Before(until):
		until = t.Expires // RFC 7662 §4: never beyond exp
	case err != nil && !oauth.InvalidToken.In(err):
		until = now.Add(failureTTL)
	}
	return t, until, err
}
