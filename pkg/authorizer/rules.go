package authorizer

import (
	"net/http"
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
// that API Gateway names is looked up by name, and rules for a part of it hold for
// paths that may be meant for them, as do those for places to which its path climbs out
// of it; for a request to a catch-all without a rule of its own every rule counts that its
// path may be meant for, in any spelling.
func (r rules) demanded(q Request) []rule {
	if len(r.list) == 0 {
		return nil
	}
	paths := append(q.also, q.Path)
	route := q.template()
	elsewhere := q.elsewhere(route)
	unnamed := func(p string) bool { return !r.some(q.Method, p) }
	if r.closed && slices.ContainsFunc(elsewhere, unnamed) {
		return nil
	}
	if r.closed && !r.names(q.Method, route) {
		// Other spellings may demand more, and open nothing. Nor do dots: by /x/../pets a
		// server that does not follow them comes to /x, which no rule opened.
		if place := q.place(); !r.some(q.Method, place) && (climbs(place) || !r.some(q.Method, read(place))) {
			return nil
		}
		for _, p := range paths {
			// What a rule names as it is written, and none does as a server behind may
			// read it, would come to a place that no rule opened.
			if r.some(q.Method, p) && slices.ContainsFunc(readings(p), unnamed) {
				return nil
			}
		}
	}
	for _, p := range slices.Clone(paths) {
		paths = append(paths, readings(p)...)
	}
	all := r.of(q.Method, route, func(u rule) bool { return slices.ContainsFunc(paths, u.matches) })
	for _, u := range r.list {
		if r.about(u, q.Method) && slices.ContainsFunc(elsewhere, u.matches) {
			all = append(all, u)
		}
	}
	return all
}

func (r rules) some(method, address string) bool {
	return slices.ContainsFunc(r.list, func(u rule) bool { return r.about(u, method) && u.matches(address) })
}

// names reports whether some rule is written for the route itself.
func (r rules) names(method, route string) bool {
	return slices.ContainsFunc(r.list, func(u rule) bool { return u.path == route && (method == "ANY" || r.about(u, method)) })
}

// about reports whether the rule is for the method. Whoever may not GET may not HEAD,
// which a server answers by what it has for GET (RFC 9110 §9.3.2), unless a rule says
// otherwise; where what no rule names is refused anyway, HEAD must be named.
func (r rules) about(u rule, method string) bool {
	return u.allows(method) || method == http.MethodHead && r.coversHead(u)
}

// coversHead reports whether a rule for GET holds for HEAD, too.
func (r rules) coversHead(u rule) bool {
	return !r.closed && u.method == http.MethodGet &&
		!slices.ContainsFunc(r.list, func(other rule) bool { return other.path == u.path && other.method == http.MethodHead })
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
	// What a rule names below a parameter is a route of its own. Below a catch-all it
	// may be none, or be reached by another spelling.
	whole := strings.HasSuffix(route, "{+}") || !r.names(method, route)
	all = r.of(method, route, func(u rule) bool { return whole && overlap(u.path, route) })
	return all, slices.ContainsFunc(all, func(u rule) bool { return (u.method == "ANY" || u.method == method) && covers(u.path, route) })
}

// of returns the rules of the method: those for the route, with those of the others
// that apply and are about a part of it; where it has none, all that apply.
func (r rules) of(method, route string, applies func(rule) bool) []rule {
	var named, others []rule
	for _, u := range r.list {
		switch {
		case method != "ANY" && !r.about(u, method):
		case u.path == route:
			named = append(named, u)
		case applies(u):
			others = append(others, u)
		}
	}
	if named == nil {
		return others
	}
	for _, u := range others {
		if covers(route, u.path) {
			named = append(named, u)
		}
	}
	return named
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
