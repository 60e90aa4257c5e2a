package authorizer

import (
	"encoding/json"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// policyAnswer is the answer that REST APIs want, and HTTP APIs without simple
// responses.
type policyAnswer struct {
	PrincipalID    string         `json:"principalId"`
	PolicyDocument policyDocument `json:"policyDocument"`
	Context        map[string]any `json:"context"`
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

// answer writes the decision in the event's form.
func (a *Authorizer) answer(e event, t oauth.AccessToken, d decision) ([]byte, error) {
	values := a.context(t, d)
	if e.kind == http2 && a.simple {
		return json.Marshal(simpleAnswer{!d.denied, values})
	}
	invoke := []string{"execute-api:Invoke"}
	var statements []statement
	if d.allow != nil {
		statements = append(statements, statement{invoke, "Allow", d.allow})
	}
	if d.deny != nil {
		statements = append(statements, statement{invoke, "Deny", d.deny})
	}
	return json.Marshal(policyAnswer{t.Subject, policyDocument{"2012-10-17", statements}, values})
}
