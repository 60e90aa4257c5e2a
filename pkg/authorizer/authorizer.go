// Package authorizer answers "may this request pass?": an event of API Gateway in,
// whatever its flavour, a decision in the event's own form out. It never lets a
// request pass because something went wrong: what is not understood is refused.
package authorizer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Authorizer decides for one API or several of the same audience. It is a
// lambda.Handler and may be invoked concurrently.
type Authorizer struct {
	tokens *verify.AccessTokens
	rules  rules
	claims []contextClaim
	simple bool // how HTTP API 2.0 is answered
	log    *slog.Logger
	now    func() time.Time
}

// maxLifetime bounds the access tokens that are accepted. It is the longest
// ACCESS_TOKEN_LIFETIME.
const maxLifetime = 24 * time.Hour

// New returns the authorizer that cfg describes, for tokens signed with the
// issuer's keys. It refuses a ROUTE_SCOPES or CONTEXT_CLAIMS that cannot be kept,
// with config.Faults.
func New(cfg config.Config, keys verify.KeySource, log *slog.Logger) (*Authorizer, error) {
	algs := []oauth.Alg{oauth.ES256, oauth.RS256, oauth.PS256, oauth.EdDSA, oauth.ES384}
	if cfg.HS256Secret != "" {
		algs = []oauth.Alg{oauth.HS256}
	}
	tokens, err := verify.NewAccessTokens(verify.Policy{
		Issuer: cfg.Issuer, Audience: cfg.Audience, Algs: algs, MaxLifetime: maxLifetime,
	}, keys)
	if err != nil {
		return nil, err
	}
	rules, faults := parseRules(cfg.RouteScopes, cfg.ResultTTL > 0)
	claims, more := parseContextClaims(cfg.ContextClaims)
	if faults = append(faults, more...); len(faults) > 0 {
		return nil, faults
	}
	return &Authorizer{
		tokens: tokens, rules: rules, claims: claims, simple: cfg.HTTPResponse != "iam", log: log, now: time.Now,
	}, nil
}

// errUnauthorized is API Gateway's word for 401: this text and no other.
var errUnauthorized = errors.New("Unauthorized")

// Invoke decides on one event. A request without a good token is the error
// Unauthorized, which becomes 401; one that may not pass is a Deny, which becomes
// 403; any other error is ours and becomes 500.
func (a *Authorizer) Invoke(ctx context.Context, payload []byte) (answer []byte, err error) {
	start := a.now()
	defer func() {
		if v := recover(); v != nil { // the runtime would end the process: F24
			a.failed(ctx, start, fmt.Errorf("panic: %v", v))
			answer, err = nil, errors.New("authorizer: panic")
		}
	}()
	// 1. What is asked, and by which kind of API?
	e, err := decode(payload)
	if err != nil {
		a.failed(ctx, start, err)
		return nil, err
	}
	// 2. With which credential? RFC 6750 §2.1
	token, err := e.bearer()
	if err != nil {
		a.unauthorized(ctx, start, e, err)
		return nil, errUnauthorized
	}
	// 3. Is it genuine?
	verified, err := a.tokens.Verify(ctx, token)
	if err == nil && (len(verified.Subject) > maxValue || len(verified.ClientID) > maxValue) {
		// Cut to length, one person's name could become another's.
		err = oauth.InvalidToken.Errorf("sub or client_id is too long to be passed on")
	}
	if oauth.InvalidToken.In(err) {
		a.unauthorized(ctx, start, e, err)
		return nil, errUnauthorized
	}
	if err != nil { // never an allow: F06
		a.failed(ctx, start, err)
		return nil, errors.New("authorizer: the token could not be checked")
	}
	// 4. May it pass here, and where else?
	d, err := a.rules.decide(e, verified.Scope, a.simple)
	if err != nil {
		a.failed(ctx, start, err)
		return nil, err
	}
	a.decided(ctx, start, e, verified, d)
	// 5. In the event's own form.
	return a.answer(e, verified, d)
}

// failed, unauthorized and decided write the one line of a request. It never has
// the token, and of the subject a hash.
func (a *Authorizer) failed(ctx context.Context, start time.Time, err error) {
	a.log.ErrorContext(ctx, "not authorized", a.line("AuthorizerFailures", start, "err", err.Error())...)
}

func (a *Authorizer) unauthorized(ctx context.Context, start time.Time, e event, err error) {
	a.log.InfoContext(ctx, "not authorized",
		a.line("Unauthorized", start, "event", e.kind.String(), "err", err.Error())...)
}

func (a *Authorizer) decided(ctx context.Context, start time.Time, e event, t oauth.AccessToken, d decision) {
	if !a.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	text, metric := "authorized", "Allowed"
	if d.denied {
		text, metric = "not authorized", "Denied"
	}
	subject := sha256.Sum256([]byte(t.Subject))
	a.log.InfoContext(ctx, text, a.line(metric, start, "event", e.kind.String(),
		"client", t.ClientID, "subject", hex.EncodeToString(subject[:8]))...)
}

func (a *Authorizer) line(metric string, start time.Time, more ...any) []any {
	return append([]any{"metric", metric, "duration_us", a.now().Sub(start).Microseconds()}, more...)
}
