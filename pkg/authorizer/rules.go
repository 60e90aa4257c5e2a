package authorizer

import (
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// rules are what ROUTE_SCOPES demands.
type rules struct {
	list   []rule
	cached bool // API Gateway caches our answers
}

// rule demands a scope for a route.
type rule struct {
	method string // or ANY
	path   string // with {} for a parameter and {+} for a greedy one
	scope  oauth.Scope
	text   string // as it was configured
}

// maxPolicy bounds what the rules may add to a policy: answers stay below 8 kB.
const maxPolicy = 6 << 10

// parseRules reads `METHOD /path/{id}=scope scope`, separated by semicolons. With
// cached answers it refuses rules that one policy cannot express.
func parseRules(text string, cached bool) (rules, config.Faults) {
	r := rules{cached: cached}
	var faults config.Faults
	size := 0
	for entry := range strings.SplitSeq(text, ";") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		parsed, err := parseRule(entry)
		if err != nil {
			faults = append(faults, fmt.Sprintf("ROUTE_SCOPES: %q: %v", entry, err))
			continue
		}
		size += 2 * (len(parsed.glob()) + 100) // beside what stands before the method in an ARN
		r.list = append(r.list, parsed)
	}
	if cached && size > maxPolicy {
		faults = append(faults, "ROUTE_SCOPES is too long for a policy; set RESULT_TTL=0 here and on the API")
	}
	if cached {
		faults = append(faults, r.conflicts()...)
	}
	return r, faults
}

func parseRule(entry string) (rule, error) {
	route, scopes, _ := strings.Cut(entry, "=")
	method, address, _ := strings.Cut(strings.TrimSpace(route), " ")
	address = strings.TrimSpace(address)
	if method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return rule{}, fmt.Errorf("begin with a method in capitals, or ANY")
	}
	if !strings.HasPrefix(address, "/") || strings.ContainsAny(address, "*? %") || len(address) > 300 {
		return rule{}, fmt.Errorf("a path follows the method: at most 300 characters, none of * ? %% or space")
	}
	for i, segment := range strings.Split(address, "/") {
		greedy := strings.HasSuffix(segment, "+}") && i < strings.Count(address, "/")
		if strings.ContainsAny(segment, "{}") && template(segment) == segment || greedy {
			return rule{}, fmt.Errorf("a parameter is a whole segment, {name}, and only the last may be {name+}")
		}
	}
	scope, err := oauth.ParseScope(strings.TrimSpace(scopes))
	return rule{method, template(address), scope, entry}, err
}

// template forgets the names of a path's parameters, which are nobody's business:
// {} is one segment, {+} the rest.
func template(address string) string {
	segments := strings.Split(address, "/")
	for i, segment := range segments {
		switch {
		case len(segment) < 3 || segment[0] != '{' || strings.Count(segment, "{")+strings.Count(segment, "}") != 2:
		case strings.HasSuffix(segment, "+}"):
			segments[i] = "{+}"
		case strings.HasSuffix(segment, "}"):
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

// conflicts lists the pairs that one policy cannot tell apart. Its star spans
// slashes, so denying GET /pets/{id} denies GET /pets/{id}/toys too: wrong for a
// token with the second's scopes and without the first's.
func (r rules) conflicts() config.Faults {
	var faults config.Faults
	for _, wide := range r.list {
		for _, narrow := range r.list {
			// A segment that no route names, as those have routes of their own.
			example := strings.NewReplacer("{}", "\x00", "{+}", "\x00").Replace(narrow.path)
			methods := wide.method == "ANY" || narrow.method == "ANY" || wide.method == narrow.method
			if methods && wide.path != narrow.path && !wide.scope.Within(narrow.scope) && glob(stars(wide.path), example) {
				faults = append(faults, fmt.Sprintf("ROUTE_SCOPES: in a cached policy %q covers %q, whose scopes differ: "+
					"give the second the scopes of the first as well, or set RESULT_TTL=0 here and on the API", wide.text, narrow.text))
			}
		}
	}
	return faults
}
