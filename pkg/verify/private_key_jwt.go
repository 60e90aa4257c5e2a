package verify

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// maxAssertionLifetime is how far ahead the end of a client assertion may lie. It
// must be remembered until then, and serves whoever steals it until then.
const maxAssertionLifetime = 5 * time.Minute

// ClientAssertion is a JWT by which a client says who it is (RFC 7523 §3, OpenID
// Connect Core §9, private_key_jwt), well formed and not yet verified. Its only source
// is ParseClientAssertion.
type ClientAssertion struct {
	jws      jose.JWS
	claims   jose.Claims
	clientID string
}

// ParseClientAssertion reads an assertion of at most jose.MaxAssertionBytes. It
// returns invalid_client.
func ParseClientAssertion(text string) (ClientAssertion, error) {
	jws, err := jose.ParseForeignCompact(text, jose.MaxAssertionBytes)
	if err != nil {
		return ClientAssertion{}, oauth.InvalidClient.Errorf("malformed client_assertion: %w", err)
	}
	switch jws.Header.Type { // what a client signs for other ends is no assertion: RFC 8725 §3.11
	case "", "JWT", "client-authentication+jwt":
	default:
		return ClientAssertion{}, oauth.InvalidClient.Errorf("typ of the client_assertion is another's")
	}
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return ClientAssertion{}, oauth.InvalidClient.Errorf("malformed client_assertion: %w", err)
	}
	issuer, _, errIssuer := claims.String("iss")
	subject, _, errSubject := claims.String("sub")
	if errIssuer != nil || errSubject != nil || issuer == "" || issuer != subject { // RFC 7523 §3
		return ClientAssertion{}, oauth.InvalidClient.Errorf("iss and sub of the client_assertion must both be the client_id")
	}
	return ClientAssertion{jws, claims, issuer}, nil
}

// ClientID is whom the assertion claims to be of. It is good for looking the client up,
// and for nothing else until Verify returned nil.
func (a ClientAssertion) ClientID() string { return a.clientID }

// Alg is the algorithm that the assertion names.
func (a ClientAssertion) Alg() oauth.Alg { return a.jws.Header.Alg }

// AssertedClient is what a good assertion is remembered by, for it works once.
type AssertedClient struct {
	ID      string // jti
	Expires time.Time
}

// ClientAssertions verifies assertions that are meant for one provider.
type ClientAssertions struct {
	audience []string
	now      func() time.Time
}

// NewClientAssertions returns a verifier for the issuer, which is who an assertion is
// for. The token endpoint's URL is accepted in its place, because RFC 7523 §3 told
// clients to write that.
func NewClientAssertions(issuer, tokenEndpoint string) (*ClientAssertions, error) {
	if issuer == "" || tokenEndpoint == "" {
		return nil, errors.New("verify: issuer and token endpoint are required")
	}
	return &ClientAssertions{audience: []string{issuer, tokenEndpoint}, now: time.Now}, nil
}

// Verify returns what to remember of the assertion, if the client made it for us and
// it is good now. The keys are the client's own. That it has not been used before
// is for the caller to see to. It returns invalid_client.
func (v *ClientAssertions) Verify(ctx context.Context, a ClientAssertion, client oauth.Client, keys KeySource) (AssertedClient, error) {
	if a.clientID == "" || a.clientID != client.ID {
		return AssertedClient{}, oauth.InvalidClient.Errorf("the client_assertion is another client's")
	}
	// What it says is judged before its signature, because the client's keys may have to
	// be fetched for that.
	if err := v.checkAudience(a.claims); err != nil {
		return AssertedClient{}, err
	}
	asserted, err := v.checkTimes(a.claims)
	if err != nil {
		return AssertedClient{}, err
	}
	asserted.ID, _, err = a.claims.String("jti")
	if err != nil || asserted.ID == "" { // without it a replay could not be told
		return AssertedClient{}, oauth.InvalidClient.Errorf("jti of the client_assertion is missing or malformed")
	}
	return asserted, a.checkSignature(ctx, client, keys)
}

// checkAudience wants exactly one audience, as a string or as an array of one: an
// assertion that is also for somebody else, that one could use here.
func (v *ClientAssertions) checkAudience(claims jose.Claims) error {
	audience, _, err := claims.Strings("aud")
	if err != nil || len(audience) != 1 || !slices.Contains(v.audience, audience[0]) {
		return oauth.InvalidClient.Errorf("aud of the client_assertion must be the issuer, or the token endpoint, alone")
	}
	return nil
}

// checkTimes wants exp, and does without iat and nbf (RFC 7523 §3).
func (v *ClientAssertions) checkTimes(claims jose.Claims) (AssertedClient, error) {
	now := v.now()
	expires, present, err := claims.Time("exp")
	switch {
	case err != nil || !present:
		return AssertedClient{}, oauth.InvalidClient.Errorf("exp of the client_assertion is missing or malformed")
	case !now.Before(expires):
		return AssertedClient{}, oauth.InvalidClient.Errorf("the client_assertion has expired")
	case expires.Sub(now) > maxAssertionLifetime:
		return AssertedClient{}, oauth.InvalidClient.Errorf("exp of the client_assertion is more than %s ahead", maxAssertionLifetime)
	}
	for _, name := range []string{"iat", "nbf"} {
		begins, _, err := claims.Time(name)
		if err != nil || begins.After(now.Add(skew)) {
			return AssertedClient{}, oauth.InvalidClient.Errorf("%s of the client_assertion is malformed, or in the future", name)
		}
	}
	return AssertedClient{Expires: expires}, nil
}

func (a ClientAssertion) checkSignature(ctx context.Context, client oauth.Client, keys KeySource) error {
	alg := a.jws.Header.Alg
	if !slices.Contains(oauth.ClientAssertionAlgs(), alg) {
		return oauth.InvalidClient.Errorf("alg of the client_assertion is not accepted")
	}
	if registered := client.TokenEndpointAuthSigningAlg; registered != "" && alg != registered {
		return oauth.InvalidClient.Errorf("the client is registered for assertions by %s", registered)
	}
	key, err := keys.Key(ctx, a.jws.Header.KeyID)
	if errors.Is(err, ErrUnknownKey) {
		return oauth.InvalidClient.Errorf("the client_assertion is signed with an unknown key: %w", err)
	}
	if errors.Is(err, ErrKeysUnavailable) {
		// Its address is the client's choice, so it is no outage of ours: whoever
		// registered a dead one could otherwise ring our alarm. Why is for the log alone,
		// or they would learn what names and ports there are where we are.
		return oauth.InvalidClient.Errorf("the client's keys cannot be had: %w", errors.New(err.Error()))
	}
	if err != nil {
		return err
	}
	if err := a.jws.Verify(key); err != nil {
		return oauth.InvalidClient.Errorf("the client_assertion is not signed with the client's key: %w", err)
	}
	return nil
}
