package authorizer

import (
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Outcome is what becomes of a request. The zero value lets nobody in.
type Outcome int

// The outcomes.
const (
	Failed       Outcome = iota // something of ours went wrong: never an allow
	Unauthorized                // there is no good credential
	Denied                      // there is one, and it may not do this
	Allowed
)

// String names the outcome, for the log.
func (o Outcome) String() string {
	if names := [...]string{"failed", "unauthorized", "denied", "allowed"}; o >= 0 && int(o) < len(names) {
		return names[o]
	}
	return strconv.Itoa(int(o))
}

// Step is one of the checks that every request goes through.
type Step int

// The steps, in their order.
const (
	FindCredential Step = iota + 1
	VerifyToken
	VerifySender
	CheckRoute
)

// Verdict is the gate's decision on one request.
type Verdict struct {
	Outcome Outcome

	// Step is the one that decided.
	Step Step

	// Token is the verified token, where the request came so far. It is the zero token
	// when a public route was allowed without one.
	Token oauth.AccessToken

	// Reason is why the request does not pass, for the log and for explanations: an
	// *oauth.Error where the caller is at fault.
	Reason error

	// UsageIdentifierKey is by what a REST API's usage plan counts the request, where an
	// API key was shown that belongs to one.
	UsageIdentifierKey string

	// Challenges are the WWW-Authenticate values of a refusal (RFC 6750 §3).
	Challenges []string
}

// refused is the verdict on a request that does not pass: the caller's fault where
// the reason is an *oauth.Error of theirs, else ours. What the token could do more
// is a refusal of this request; anything else leaves no good credential.
func (a *Authorizer) refused(step Step, reason error) Verdict {
	v := Verdict{Step: step, Reason: reason}
	switch e := oauth.AsError(reason); {
	case e.Code.Ours(): // never an allow: F06
		return v
	case step == CheckRoute:
		v.Outcome = Denied
	default:
		v.Outcome = Unauthorized
	}
	v.Challenges = a.challenger.about(reason)
	return v
}
