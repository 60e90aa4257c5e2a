package authorizer

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// demanded returns every scope that this request needs. A route that API Gateway
// names is looked up by name; for a request to a catch-all every rule counts that
// its path may be meant for, in any spelling.
func (r rules) demanded(e event) oauth.Scope {
	paths := spellings(e)
	return r.scopes(e.arn.method, e.route(), func(u rule) bool { return slices.ContainsFunc(paths, u.matches) })
}

// demandedByRoute returns every scope that a request to this route of an HTTP API
// may need, whatever its method and path.
func (r rules) demandedByRoute(e event) oauth.Scope {
	method, route, named := strings.Cut(e.routeKey, " ")
	if !named { // $default
		return r.scopes("ANY", "", func(rule) bool { return true })
	}
	return r.scopes(method, route, func(u rule) bool { return overlap(u.path, template(route)) })
}

// scopes joins what the rules of the method demand: those for the route, or, where
// it has none, those that apply.
func (r rules) scopes(method, route string, applies func(rule) bool) oauth.Scope {
	var named, others oauth.Scope
	exact := false
	for _, u := range r.list {
		switch {
		case u.method != "ANY" && method != "ANY" && u.method != method:
		case u.path == template(route):
			named, exact = append(named, u.scope...), true
		case applies(u):
			others = append(others, u.scope...)
		}
	}
	if exact {
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

// route is the path of the API's route, "" when the event does not say.
func (e event) route() string {
	if e.kind == http2 {
		_, address, _ := strings.Cut(e.routeKey, " ")
		return address
	}
	return e.resource
}

// spellings returns the request's path as it is written, and as a server behind a
// catch-all may understand it.
func spellings(e event) []string {
	var all []string
	stage := "/" + e.arn.base[strings.LastIndexByte(strings.TrimSuffix(e.arn.base, "/"), '/')+1:]
	for _, p := range []string{e.arn.path, e.path, "/" + strings.TrimPrefix(e.path, stage)} {
		all = append(all, p)
		if decoded, err := url.PathUnescape(p); err == nil {
			p = decoded
		}
		all = append(all, path.Clean("/"+p))
	}
	return all
}

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
