package authorizer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// errUnauthorized is API Gateway's word for 401: this text and no other.
var errUnauthorized = errors.New("Unauthorized")

// Invoke decides on one event. A request without a good token is the error
// Unauthorized, which becomes 401; one that may not pass is a Deny, which becomes
// 403; any other error is ours and becomes 500. AppSync hears no for both.
func (a *Authorizer) Invoke(ctx context.Context, payload []byte) (answer []byte, err error) {
	start := a.now()
	defer func() {
		if v := recover(); v != nil { // the runtime would end the process: F24
			a.record(ctx, start, "", Verdict{Reason: fmt.Errorf("panic: %v", v)})
			answer, err = nil, errors.New("authorizer: panic")
		}
	}()
	kind, v, answer, err := a.decide(ctx, payload)
	a.record(ctx, start, kind, v)
	return answer, err
}

// decide is Invoke without the log.
func (a *Authorizer) decide(ctx context.Context, payload []byte) (kind string, v Verdict, answer []byte, err error) {
	// What is asked, and by which kind of API?
	e, err := decode(payload, a.wants)
	if err != nil {
		return "", Verdict{Reason: err}, nil, err
	}
	if err := a.bound.carries(e.kind); err != nil {
		return e.kind.String(), Verdict{Step: VerifySender, Reason: err}, nil, err
	}
	r := e.request(a.wants)
	v = a.Check(ctx, r)
	switch v.Outcome {
	case Failed: // never an allow: F06
		return e.kind.String(), v, nil, errors.New("authorizer: the request could not be checked")
	case Unauthorized:
		answer, err = a.unauthorized(e, v)
		return e.kind.String(), v, answer, err
	}
	// For this request alone, or for whatever API Gateway's cache will hand it to?
	p, err := a.policy(e, r, v)
	if err != nil {
		return e.kind.String(), Verdict{Step: CheckRoute, Reason: err}, nil, err
	}
	switch {
	case p.denied && v.Outcome == Allowed:
		v.Outcome, v.Reason = Denied, oauth.InsufficientScope.Errorf("not opened by the answer that is good for every request")
	case !p.denied && v.Outcome == Denied:
		p = e.here(v)
	}
	if p.denied || len(p.lacking) > 0 {
		p.code, p.challenge = a.challenger.all(p.lacking)
	}
	return e.kind.String(), v, a.answer(e, v.Token, p, v.UsageIdentifierKey), nil
}

// unauthorized says 401 as the event's API wants to hear it. A failed invocation
// counts among the function's errors; where that is not wanted, a Deny says it,
// which becomes 403 and carries the challenge.
func (a *Authorizer) unauthorized(e *event, v Verdict) ([]byte, error) {
	if e.kind == appSync {
		return graphQLAnswer(false, nil, 0), nil
	}
	if !a.denies {
		return nil, errUnauthorized
	}
	return a.answer(e, oauth.AccessToken{}, policy{
		denied: true, deny: []string{e.arn.base + "*"}, // a bad token is bad everywhere
		code: oauth.AsError(v.Reason).Code, challenge: strings.Join(v.Challenges, ", "),
	}, ""), nil
}
