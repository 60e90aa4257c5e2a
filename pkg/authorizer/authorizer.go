// Package authorizer answers "may this request pass?": an event of API Gateway in,
// whatever its flavour, a decision in the event's own form out; or the same
// decision as middleware before a handler. It never lets a request pass because
// something went wrong: what is not understood is refused.
//
// settings.go says what can be configured, check.go has the steps that every
// request goes through, policy.go what an answer may say that API Gateway will
// hand to other requests as well.
package authorizer

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Authorizer decides for one API or several of the same audience. It is a
// lambda.Handler and may be invoked concurrently.
type Authorizer struct {
	tokens     Tokens
	keys       Lookup   // of API keys; nil where none are taken
	audience   []string // of API keys: the API's identifiers
	bound      bound
	sources    sources
	wants      wants
	rules      rules
	policies   Policies // nil: none
	challenger challenger
	resource   oauth.ProtectedResource
	claims     []contextClaim
	simple     bool // how HTTP API 2.0 is answered
	denies     bool // a bad token by a Deny too
	log        *slog.Logger

	// keysState tells the log how old fetched keys are, and how often fetching was
	// tried; nil where none are fetched. reported is how often the log knows of.
	keysState func() (oldest time.Duration, tries int)
	reported  atomic.Int64

	now func() time.Time
}
