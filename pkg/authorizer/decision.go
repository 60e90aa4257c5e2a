package authorizer

import (
	"errors"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// maxResource is how long an ARN in an answered policy may be (GATEWAY §2.4).
const maxResource = 512

// decision is whether a request passes, and the policy that says so.
type decision struct {
	denied      bool
	allow, deny []string // resources

	// challenge is the WWW-Authenticate value for a refusal by this answer, also
	// when it comes out of API Gateway's cache (RFC 6750 §3.1).
	challenge string
}

var errIdentitySource = errors.New("authorizer: an answer cached by the token alone would open every route: " +
	"add $context.routeKey to the identity source, or set HTTP_RESPONSE=iam, or RESULT_TTL=0 here and on the API")

// decide compares the token's scope with what the rules demand.
//
// The danger is API Gateway's result cache, which hands an answer to every request
// with the same identity source. So an answer that may be cached depends on the
// token alone and says of every route whether it is open.
func (r rules) decide(e event, granted oauth.Scope, simple bool) (decision, error) {
	everything := e.arn.base + "*" // this API and stage only: never a star before the method
	switch {
	case len(r.list) == 0:
		return decision{allow: []string{everything}}, nil
	case e.kind == http2 && simple:
		if r.cached && !slices.Contains(e.identitySource, e.routeKey) {
			return decision{}, errIdentitySource
		}
		if r.cached {
			return decide(r.demandedByRoute(e), granted), nil
		}
		return decide(r.demanded(e), granted), nil
	case r.cached:
		return r.decideEverywhere(e, granted), nil
	}
	d := decide(r.demanded(e), granted)
	resource, ok := e.resourceHere()
	if !ok { // no pattern names this request and nothing else
		d.denied, resource = true, everything
	}
	if d.denied {
		d.deny = []string{resource}
	} else {
		d.allow = []string{resource}
	}
	return d, nil
}

// decide is for an answer that is used for one route only.
func decide(demanded, granted oauth.Scope) decision {
	if demanded.Within(granted) {
		return decision{}
	}
	slices.Sort(demanded)
	return decision{
		denied:    true,
		challenge: `Bearer error="insufficient_scope", scope="` + slices.Compact(demanded).String() + `"`,
	}
}

// decideEverywhere allows the stage and denies the routes whose scopes are
// missing. While anything is denied, so are paths in an unusual spelling, since
// they could reach a denied route under another name; the price is that a token
// that lacks a scope cannot use percent-encoded paths.
func (r rules) decideEverywhere(e event, granted oauth.Scope) decision {
	base := e.arn.base
	d := decision{allow: []string{base + "*"}}
	for _, u := range r.list {
		if u.scope.Within(granted) {
			continue
		}
		resource := base + u.glob()
		d.deny = append(d.deny, resource)
		if !strings.HasSuffix(resource, "*") && !strings.HasSuffix(resource, "/") {
			d.deny = append(d.deny, resource+"/") // REST APIs take both for one
		}
	}
	if d.deny == nil {
		return d
	}
	d.deny = append(d.deny, base+"*//*", base+"*%*", base+"*/./*", base+"*/../*", base+"*/.", base+"*/..")
	d.denied = slices.ContainsFunc(d.deny, func(resource string) bool { return glob(resource, base+e.arn.method+e.arn.path) })
	d.challenge = `Bearer error="insufficient_scope"`
	return d
}

// resourceHere names this request in a policy: by its own ARN, unless that has a
// character that IAM takes for a wildcard or is too long, else by its route.
func (e event) resourceHere() (string, bool) {
	resource := e.arn.base + e.arn.method + e.arn.path
	if len(resource) <= maxResource && !strings.ContainsAny(e.arn.path, "*?") {
		return resource, true
	}
	route := e.route()
	if !strings.HasPrefix(route, "/") {
		return "", false
	}
	return e.arn.base + e.arn.method + stars(template(route)), true
}
