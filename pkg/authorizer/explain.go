package authorizer

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Explanation is how a captured event is decided, step by step. The token is not in
// it.
type Explanation struct {
	Event      string          `json:"event"` // the flavour; "" when it was not recognised
	Method     string          `json:"method,omitempty"`
	Path       string          `json:"path,omitempty"`
	Route      string          `json:"route,omitempty"`
	Steps      []ExplainedStep `json:"steps"`
	Outcome    string          `json:"outcome"`
	Reason     string          `json:"reason,omitempty"`
	Challenges []string        `json:"challenges,omitempty"`

	// Answer is what API Gateway is given, Error what the function fails with instead.
	Answer json.RawMessage `json:"answer,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// ExplainedStep is one step of an Explanation.
type ExplainedStep struct {
	Step    string `json:"step"`
	Outcome string `json:"outcome"` // passed, refused, not reached
	Detail  string `json:"detail,omitempty"`
}

var steps = [...]string{
	FindCredential: "What do they show?",
	VerifyToken:    "Is it genuine?",
	VerifySender:   "Is it theirs?",
	CheckRoute:     "May it pass here?",
}

// Explain decides on an event as Invoke does, and says how it came about.
func (a *Authorizer) Explain(ctx context.Context, payload []byte) Explanation {
	kind, v, answer, err := a.decide(ctx, payload)
	x := Explanation{Event: kind, Outcome: v.Outcome.String(), Challenges: v.Challenges, Answer: answer}
	if err != nil {
		x.Error = err.Error()
	}
	if v.Reason != nil {
		x.Reason = v.Reason.Error()
	}
	e, err := decode(payload, a.wants)
	if err != nil {
		return x
	}
	r := e.request(a.wants)
	x.Method, x.Path, x.Route = r.Method, r.Path, r.Route
	for step := FindCredential; step <= CheckRoute; step++ {
		s := ExplainedStep{Step: steps[step], Outcome: "passed"}
		switch {
		case step > v.Step:
			s.Outcome = "not reached"
		case step == v.Step && v.Outcome != Allowed:
			s.Outcome, s.Detail = "refused", x.Reason
		default:
			s.Detail = a.detail(step, r, v.Token)
		}
		x.Steps = append(x.Steps, s)
	}
	return x
}

// detail says of a step that was passed what it went by.
func (a *Authorizer) detail(step Step, r Request, t oauth.AccessToken) string {
	switch {
	case step == CheckRoute:
		return a.rules.explained(r)
	case step == FindCredential:
		c, found, _ := a.sources.credential(r)
		if !found {
			return "nothing, and the route is public"
		}
		if c.apiKey {
			return "an API key from " + c.from
		}
		return "a token from " + c.from
	case anonymous(t):
		return ""
	case step == VerifyToken:
		through := ""
		if t.ClientID != "" { // an API key may be nobody's but its own
			through = " through client " + t.ClientID
		}
		return "from " + t.Issuer + " for " + t.Subject + through + ", scope \"" + t.Scope.String() +
			"\", good until " + t.Expires.UTC().Format(time.RFC3339)
	}
	return boundTo(t)
}

// boundTo says how the token was shown to be its sender's.
func boundTo(t oauth.AccessToken) string {
	c, _ := verify.ConfirmationOf(t) // which was checked
	switch {
	case !c.Bound():
		return "it is bound to no key"
	case c.Certificate == "":
		return "by a proof of the key that it is bound to"
	case c.Thumbprint == "":
		return "by the client certificate that it is bound to"
	}
	return "by the client certificate, and a proof of the key, that it is bound to"
}

// explained names the rules that a request has to satisfy.
func (r rules) explained(q Request) string {
	if len(r.list) == 0 {
		return "there are no rules: a good token opens every route"
	}
	var names []string
	for _, u := range r.demanded(q) {
		names = append(names, u.text)
	}
	if names == nil {
		return "no rule is about this route, which a good token opens"
	}
	return "by " + strings.Join(names, " and ")
}
