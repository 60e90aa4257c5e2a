package verify

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// userinfoTTL is how long what an issuer says about a person is believed.
const userinfoTTL = time.Minute

// Userinfo fetches claims about a token's subject from its issuer's userinfo
// endpoint (OpenID Connect Core §5.3).
type Userinfo struct {
	client   *fetch.Client
	metadata *Metadata
	names    []string
	answers  *answers[jose.Claims]
	now      func() time.Time
}

// NewUserinfo returns a source of the named claims.
func NewUserinfo(client *fetch.Client, m *Metadata, names []string) *Userinfo {
	return &Userinfo{client: client, metadata: m, names: names, answers: newAnswers[jose.Claims](), now: kept.Now}
}

// Add returns a verified token with those claims that it lacks; what it has was
// signed, and stays. A token that the endpoint refuses is invalid_token; any other
// error is ours and wraps ErrIssuerUnavailable.
func (u *Userinfo) Add(ctx context.Context, t oauth.AccessToken, token string) (oauth.AccessToken, error) {
	found, err := u.answers.get(ctx, userinfoKey(t, token), func(ctx context.Context) (jose.Claims, time.Time, error) {
		return u.ask(ctx, t, token)
	})
	if oauth.InvalidToken.In(err) {
		return oauth.AccessToken{}, err
	}
	if err != nil {
		return oauth.AccessToken{}, fmt.Errorf("%w: userinfo: %w", ErrIssuerUnavailable, err)
	}
	t.Claims = maps.Clone(t.Claims)
	for _, name := range u.names {
		_, signed := t.Claims[name]
		if value, present := found[name]; present && !signed {
			t.Claims[name] = value
		}
	}
	return t, nil
}

// userinfoKey is the token's id, and its bytes where it has none: these have twins,
// which costs a second fetch and no more.
func userinfoKey(t oauth.AccessToken, token string) answerKey {
	if t.ID == "" {
		return sha256.Sum256([]byte(token))
	}
	return sha256.Sum256([]byte(strings.Join([]string{t.Issuer, t.Subject, t.ID}, "\x00")))
}

func (u *Userinfo) ask(ctx context.Context, t oauth.AccessToken, token string) (jose.Claims, time.Time, error) {
	now := u.now()
	until := now.Add(userinfoTTL)
	if t.Expires.Before(until) {
		until = t.Expires
	}
	endpoint, err := u.metadata.userinfoEndpoint(ctx)
	if err != nil {
		return nil, now.Add(failureTTL), err
	}
	response, err := u.client.GetAs(ctx, endpoint, oauth.Secret(token))
	var refused *fetch.StatusError
	if errors.As(err, &refused) && refused.Status == http.StatusUnauthorized { // RFC 6750 §3.1
		return nil, until, oauth.InvalidToken.Errorf("the issuer's userinfo endpoint refuses the token: %w", err)
	}
	if err != nil {
		return nil, now.Add(failureTTL), err
	}
	claims, err := jose.ParseClaims(response.Body)
	if err != nil {
		return nil, now.Add(failureTTL), fmt.Errorf("read the answer: %w", err)
	}
	// Another's claims must not be taken for this one's: OpenID Connect Core §5.3.2.
	if subject, _, err := claims.String("sub"); err != nil || subject != t.Subject {
		return nil, now.Add(failureTTL), errors.New("the answer is about another subject")
	}
	return claims, until, nil
}
