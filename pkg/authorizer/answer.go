package authorizer

import (
	"strconv"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// answer writes the decision in the event's form. It does so by hand, because
// encoding/json took as long as all of the claims.
func (a *Authorizer) answer(e *event, t oauth.AccessToken, p policy, usage string) []byte {
	values := a.context(e, t, p)
	switch {
	case e.kind == appSync:
		return graphQLAnswer(!p.denied, values, a.keep(t))
	case e.kind == http2 && a.simple:
		return simpleAnswer(!p.denied, values)
	}
	principal := t.Subject
	if anonymous(t) {
		principal = "anonymous" // API Gateway wants one
	}
	if e.kind != restRequest {
		usage = ""
	}
	return policyAnswer(principal, p, values, usage)
}

// policyAnswer is the answer that REST and WebSocket APIs want, and HTTP APIs
// without simple responses. A usage key is for REST.
func policyAnswer(principal string, p policy, values []contextValue, usage string) []byte {
	b := append(newAnswer(), `{"principalId":`...)
	b = appendText(b, principal)
	b = append(b, `,"policyDocument":{"Version":"2012-10-17","Statement":[`...)
	if p.allow != nil {
		b = appendStatement(b, "Allow", p.allow)
	}
	if p.deny != nil {
		if p.allow != nil {
			b = append(b, ',')
		}
		b = appendStatement(b, "Deny", p.deny)
	}
	b = append(b, `]},"context":`...)
	b = appendContext(b, values)
	if usage != "" {
		b = append(b, `,"usageIdentifierKey":`...)
		b = appendText(b, usage)
	}
	return append(b, '}')
}

func appendStatement(b []byte, effect string, resources []string) []byte {
	b = append(b, `{"Action":["execute-api:Invoke"],"Effect":"`+effect+`","Resource":[`...)
	for n, resource := range resources {
		if n > 0 {
			b = append(b, ',')
		}
		b = appendText(b, resource)
	}
	return append(b, "]}"...)
}

// simpleAnswer is the answer that HTTP APIs want with simple responses.
func simpleAnswer(authorized bool, values []contextValue) []byte {
	b := append(newAnswer(), `{"isAuthorized":`...)
	b = strconv.AppendBool(b, authorized)
	b = append(b, `,"context":`...)
	return append(appendContext(b, values), '}')
}

// graphQLAnswer is the answer that AppSync wants, to be kept for so many seconds.
func graphQLAnswer(authorized bool, values []contextValue, keep int) []byte {
	b := append(newAnswer(), `{"isAuthorized":`...)
	b = strconv.AppendBool(b, authorized)
	if len(values) > 0 {
		b = append(b, `,"resolverContext":`...)
		b = appendContext(b, values)
	}
	b = append(b, `,"ttlOverride":`...)
	return append(strconv.AppendInt(b, int64(keep), 10), '}')
}

// keep is for how many seconds AppSync may keep the answer: no longer than the
// token is good. API Gateway cannot be told.
func (a *Authorizer) keep(t oauth.AccessToken) int {
	return int(max(0, min(a.rules.ttl, t.Expires.Sub(a.now()))) / time.Second)
}
