package authorizer

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// maxResource is how long an ARN in an answered policy may be (GATEWAY §2.4).
const maxResource = 512

// policy is whether a request passes, and what is said of others that API Gateway's
// result cache will hand the same answer to. The danger is that cache: its key is
// the identity source and nothing else.
type policy struct {
	denied      bool
	allow, deny []string // resources

	// lacking is what the token lacks where it is denied: of this request, or, in an
	// answer for all requests, of each rule that it does not meet.
	lacking []*shortfall

	// What a refusal by this answer says, also when it comes out of the cache (RFC 6750
	// §3.1).
	code      oauth.Code
	challenge string
}

var (
	errIdentitySource = errors.New("authorizer: an answer cached by the token alone would open every route: " +
		"add $context.routeKey to the identity source, or set HTTP_RESPONSE=iam, or RESULT_TTL=0 here and on the API")
	errNotIdentified = errors.New("authorizer: an answer kept by an identity source that has no part in the token would let in whoever shows the same: " +
		"make the place where tokens stand an identity source")
	errManyMethods = errors.New("authorizer: policies go by the method, which an answer kept by this route would pass over: " +
		"make a route of each method, or set RESULT_TTL=0 here and on the API")
	errByRoute = errors.New(`authorizer: "cache_key" is "route", but this kind of authorizer caches by the token alone`)
)

// policy writes what the verdict means in the event's form. An answer that may be
// cached depends on no more than the cache's key, and says of all that shares the
// key whether it is open.
func (a *Authorizer) policy(e *event, q Request, v Verdict) (policy, error) {
	everything := e.arn.base + "*" // this API and stage only: never a star before the method
	r := a.rules
	if c, _, _ := a.sources.credential(q); r.cached && !e.identifies(c.token) {
		return policy{}, errNotIdentified
	}
	switch {
	case len(r.list) == 0 && a.policies == nil && v.Outcome == Allowed:
		return policy{allow: []string{everything}}, nil
	case !r.cached || e.kind == webSocket || e.kind == appSync:
		return e.here(v), nil
	case e.kind == http2 && (a.simple || r.byRoute):
		if !slices.Contains(e.identitySource, e.routeKey) {
			return policy{}, errIdentitySource
		}
		if a.policies != nil && (e.routeKey == "$default" || strings.HasPrefix(e.routeKey, "ANY ")) {
			return policy{}, errManyMethods
		}
		return r.onRoute(e, v, a.now()), nil
	case r.byRoute && e.kind != restRequest:
		return policy{}, errByRoute
	case r.byRoute:
		return e.here(v), nil
	case r.closed:
		return r.opened(e, v.Token, a.now()), nil
	default:
		return r.everywhere(e, v.Token, a.now()), nil
	}
}

// here speaks of this request alone.
func (e *event) here(v Verdict) policy {
	p := policy{denied: v.Outcome != Allowed}
	var lack *shortfall
	if errors.As(v.Reason, &lack) {
		p.lacking = []*shortfall{lack}
	}
	resource, ok := e.itself()
	if !ok { // no pattern names this request and nothing else
		p.denied, resource = true, e.arn.base+"*"
	}
	return p.about(resource)
}

// onRoute speaks of one route of an HTTP API, whatever the method and path.
func (r rules) onRoute(e *event, v Verdict, now time.Time) policy {
	all, covered := r.demandedByRoute(e.routeKey)
	if r.closed && !covered {
		all = nil
	}
	p := policy{denied: v.Outcome != Allowed}
	if lack := r.lack(all, v.Token, now); lack != nil {
		p.denied, p.lacking = true, []*shortfall{lack}
	}
	method, route, named := strings.Cut(e.routeKey, " ")
	if method == "ANY" || !named {
		method = "*"
	}
	if !named {
		return p.about(e.arn.base + "*")
	}
	return p.about(e.arn.base + method + stars(template(route)))
}

func (p policy) about(resource string) policy {
	if p.denied {
		p.deny = []string{resource}
	} else {
		p.allow = []string{resource}
	}
	return p
}

// odd are paths in an unusual spelling, which could reach a denied route under
// another name; climbing are those of them that lead elsewhere from below an open
// one.
var (
	odd      = []string{"*//*", "*%*", "*/./*", "*/../*", "*/.", "*/..", "*;*", `*\*`}
	climbing = []string{
		"*//*", "*%2e*", "*%2E*", "*%2f*", "*%2F*", "*%5c*", "*%5C*", "*%25*", "*/./*", "*/../*", "*/.", "*/..",
		"*/.;*", "*/..;*", `*\*`,
	}
)

// everywhere allows the stage and denies the routes whose demands the token does
// not meet. While anything is denied, so are paths in an unusual spelling, and HEAD
// where GET is; the price is that a token that lacks a scope cannot use
// percent-encoded paths, nor HEAD.
func (r rules) everywhere(e *event, t oauth.AccessToken, now time.Time) policy {
	p := policy{allow: []string{e.arn.base + "*"}}
	head := false
	for _, u := range r.list {
		if lack := u.demand.lack(t, now.Add(r.ttl)); lack != nil {
			p.refuse(e, u, lack)
			head = head || r.coversHead(u)
		}
	}
	if p.deny != nil {
		p.add(&p.deny, e, odd)
	}
	if head { // a pattern for each would make the policy twice as long
		p.add(&p.deny, e, []string{"HEAD/*"})
	}
	return p.applied(e)
}

// opened allows the routes whose demands the token meets, and nothing else.
func (r rules) opened(e *event, t oauth.AccessToken, now time.Time) policy {
	var p policy
	var lacked []rule
	for _, u := range r.list {
		if lack := u.demand.lack(t, now.Add(r.ttl)); lack != nil {
			lacked = append(lacked, u)
			p.lacking = append(p.lacking, lack)
			continue
		}
		p.add(&p.allow, e, u.tight())
		p.add(&p.deny, e, u.below())
	}
	within := false
	for _, u := range lacked {
		example := e.arn.base + u.verbs()[0] + strings.NewReplacer("{}", "\x00", "{+}", "\x00").Replace(u.path)
		if slices.ContainsFunc(p.allow, func(resource string) bool { return Glob(resource, example) }) {
			within = true
			p.refuse(e, u, nil)
		}
	}
	if spellings := climbing; p.allow != nil {
		if within {
			spellings = odd
		}
		p.add(&p.deny, e, spellings)
	} else {
		p.deny = []string{e.arn.base + "*"}
	}
	return p.applied(e)
}

// refuse denies the rule's routes.
func (p *policy) refuse(e *event, u rule, lack *shortfall) {
	for _, g := range u.globs() {
		p.add(&p.deny, e, []string{g})
		if !strings.HasSuffix(g, "*") && !strings.HasSuffix(g, "/") {
			p.add(&p.deny, e, []string{g + "/"}) // REST APIs take both for one
		}
	}
	if lack != nil {
		p.lacking = append(p.lacking, lack)
	}
}

func (p *policy) add(to *[]string, e *event, patterns []string) {
	for _, pattern := range patterns {
		*to = append(*to, e.arn.base+pattern)
	}
}

// applied evaluates the policy for the event's own request, as API Gateway will.
func (p policy) applied(e *event) policy {
	resource := e.arn.base + e.arn.method + e.arn.path
	matches := func(pattern string) bool { return Glob(pattern, resource) }
	p.denied = !slices.ContainsFunc(p.allow, matches) || slices.ContainsFunc(p.deny, matches)
	return p
}

// itself names this request in a policy: by its own ARN, unless that has a
// character that IAM takes for a wildcard or is too long, else by its route.
func (e *event) itself() (string, bool) {
	if e.kind == webSocket {
		return e.arn.base + e.arn.method, true
	}
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
