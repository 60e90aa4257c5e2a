package authorizer

import (
	"encoding/json"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// policyAnswer is the answer that REST and WebSocket APIs want, and HTTP APIs
// without simple responses.
type policyAnswer struct {
	PrincipalID    string         `json:"principalId"`
	PolicyDocument policyDocument `json:"policyDocument"`
	Context        map[string]any `json:"context"`
	UsageKey       string         `json:"usageIdentifierKey,omitempty"` // of REST
}

type policyDocument struct {
	Version   string
	Statement []statement
}

type statement struct {
	Action   []string
	Effect   string
	Resource []string
}

// simpleAnswer is the answer that HTTP APIs want with simple responses.
type simpleAnswer struct {
	IsAuthorized bool           `json:"isAuthorized"`
	Context      map[string]any `json:"context"`
}

// graphQLAnswer is the answer that AppSync wants.
type graphQLAnswer struct {
	IsAuthorized    bool           `json:"isAuthorized"`
	ResolverContext map[string]any `json:"resolverContext,omitempty"`
	TTLOverride     int            `json:"ttlOverride"` // seconds
}

// answer writes the decision in the event's form.
func (a *Authorizer) answer(e *event, t oauth.AccessToken, p policy, usage string) ([]byte, error) {
	values := a.context(e, t, p)
	switch {
	case e.kind == appSync:
		return json.Marshal(graphQLAnswer{!p.denied, values, a.keep(t)})
	case e.kind == http2 && a.simple:
		return json.Marshal(simpleAnswer{!p.denied, values})
	}
	invoke := []string{"execute-api:Invoke"}
	var statements []statement
	if p.allow != nil {
		statements = append(statements, statement{invoke, "Allow", p.allow})
	}
	if p.deny != nil {
		statements = append(statements, statement{invoke, "Deny", p.deny})
	}
	principal := t.Subject
	if anonymous(t) {
		principal = "anonymous" // API Gateway wants one
	}
	if e.kind != restRequest {
		usage = ""
	}
	return json.Marshal(policyAnswer{principal, policyDocument{"2012-10-17", statements}, values, usage})
}

// keep is for how many seconds AppSync may keep the answer: no longer than the
// token is good. API Gateway cannot be told.
func (a *Authorizer) keep(t oauth.AccessToken) int {
	return int(max(0, min(a.rules.ttl, t.Expires.Sub(a.now()))) / time.Second)
}
