package authorizer

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// rules are what routes demand.
type rules struct {
	list   []rule
	closed bool // what no rule names is refused
	cached bool // API Gateway keeps our answers
	// byRoute: it keeps them for one route only, whose name is in the cache's key.
	byRoute bool
	ttl     time.Duration // for how long it keeps them
}

// rule demands something for a route.
type rule struct {
	method string // or ANY
	path   string // with {} for a parameter and {+} for a greedy one
	demand demand
	text   string // as it was configured
}

// admit returns why a request with this token may not pass, nil when it may.
func (r rules) admit(q Request, t oauth.AccessToken, now time.Time) *shortfall {
	return r.lack(r.demanded(q), t, now)
}

// public reports whether the request needs no token.
func (r rules) public(q Request) bool {
	return len(r.list) > 0 && r.lack(r.demanded(q), oauth.AccessToken{}, time.Time{}) == nil
}

// lack returns what the token lacks for all the rules, nil when nothing. Scopes
// that are missing are reported together.
func (r rules) lack(all []rule, t oauth.AccessToken, now time.Time) *shortfall {
	if len(all) == 0 && r.closed {
		return &shortfall{code: oauth.InsufficientScope, text: "no rule lets anybody in here"}
	}
	if len(all) == 0 && anonymous(t) {
		return &shortfall{code: oauth.InvalidToken, text: "no token"}
	}
	var worst *shortfall
	for _, u := range all {
		s := u.demand.lack(t, now.Add(r.ttl))
		switch {
		case s == nil:
		case worst == nil || s.code == oauth.InvalidToken:
			worst = s
		case s.code == oauth.InsufficientScope && len(worst.scope) > 0:
			worst.scope = append(worst.scope, s.scope...)
		}
	}
	if worst != nil {
		slices.Sort(worst.scope)
		worst.scope = slices.Compact(worst.scope)
	}
	return worst
}

// demanded returns the rules that this request must satisfy, all of them. A route
// that API Gateway names is looked up by name; for a request to a catch-all every
// rule counts that its path may be meant for, in any spelling.
func (r rules) demanded(q Request) []rule {
	if len(r.list) == 0 {
		return nil
	}
	paths := append(q.also, q.Path)
	route := q.template()
	if r.closed && !slices.ContainsFunc(r.list, func(u rule) bool { return u.path == route && u.allows(q.Method) }) {
		for _, p := range paths {
			// What a rule names as it is written, and none does as a server behind may
			// read it, would come to a place that no rule opened.
			if r.some(q.Method, p) && !r.some(q.Method, read(p)) {
				return nil
			}
		}
	}
	return r.of(q.Method, route, func(u rule) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return u.matches(p) || u.matches(read(p)) })
	})
}

func (r rules) some(method, address string) bool {
	return slices.ContainsFunc(r.list, func(u rule) bool { return u.allows(method) && u.matches(address) })
}

// demandedByRoute returns every rule that a request to this route of an HTTP API
// may have to satisfy, whatever its method and path. covered is whether each such
// request has one.
func (r rules) demandedByRoute(routeKey string) (all []rule, covered bool) {
	method, route, named := strings.Cut(routeKey, " ")
	if !named { // $default
		method, route = "ANY", "/{proxy+}"
	}
	route = template(route)
	all = r.of(method, route, func(u rule) bool { return overlap(u.path, route) })
	return all, slices.ContainsFunc(all, func(u rule) bool { return (u.method == "ANY" || u.method == method) && covers(u.path, route) })
}

// of returns the rules of the method: those for the route, or, where it has none,
// those that apply.
func (r rules) of(method, route string, applies func(rule) bool) []rule {
	var named, others []rule
	for _, u := range r.list {
		switch {
		case method != "ANY" && !u.allows(method):
		case u.path == route:
			named = append(named, u)
		case applies(u):
			others = append(others, u)
		}
	}
	if named != nil {
		return named
	}
	return others
}

// overlap reports whether some path matches both templates.
func overlap(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range min(len(x), len(y)) {
		switch {
		case x[i] == "{+}" || y[i] == "{+}":
			return true
		case x[i] != y[i] && x[i] != "{}" && y[i] != "{}":
			return false
		}
	}
	return len(x) == len(y)
}

// covers reports whether every path of the second template is one of the first.
func covers(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range x {
		switch {
		case x[i] == "{+}":
			return true
		case i >= len(y) || y[i] == "{+}" || x[i] != "{}" && x[i] != y[i]:
			return false
		}
	}
	return len(x) == len(y)
}

// read returns the path as a server behind a catch-all may understand it.
func read(p string) string {
	if decoded, err := url.PathUnescape(p); err == nil {
		p = decoded
	}
	return path.Clean("/" + p)
}

// allows reports whether the rule is for the method.
func (u rule) allows(method string) bool { return u.method == "ANY" || u.method == method }

// matches compares a path to the rule's, segment by segment.
func (u rule) matches(address string) bool {
	want, got := strings.Split(u.path, "/"), strings.Split(address, "/")
	for i, segment := range want {
		switch {
		case i >= len(got) || segment == "{}" && got[i] == "":
			return false
		case segment == "{+}":
			return true
		case segment != "{}" && segment != got[i]:
			return false
		}
	}
	return len(got) == len(want)
}
