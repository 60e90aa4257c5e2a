package authorizer

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// maxPolicy bounds what the rules may add to a policy: answers stay below 8 kB.
const maxPolicy = 6 << 10

// parseRouteScopes reads `METHOD /path/{id}=scope scope`, separated by semicolons.
func parseRouteScopes(text string) (list []rule, faults config.Faults) {
	for entry := range strings.SplitSeq(text, ";") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		route, scopes, _ := strings.Cut(entry, "=")
		method, address, _ := strings.Cut(strings.TrimSpace(route), " ")
		u, err := newRule(method, strings.TrimSpace(address), entry)
		if err == nil {
			u.demand.all, err = oauth.ParseScope(strings.TrimSpace(scopes))
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("ROUTE_SCOPES: %q: %v", entry, err))
			continue
		}
		list = append(list, u)
	}
	return list, faults
}

func newRule(method, address, text string) (rule, error) {
	if method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return rule{}, errors.New("begin with a method in capitals, or ANY")
	}
	if !strings.HasPrefix(address, "/") || strings.ContainsAny(address, "*? %") || len(address) > 300 {
		return rule{}, errors.New("a path follows the method: at most 300 characters, none of * ? % or space")
	}
	if address != "/" && path.Clean(address) != strings.TrimSuffix(address, "/") {
		return rule{}, errors.New("no request comes by a path with //, /./ or /../ in it: write what it leads to")
	}
	for i, segment := range strings.Split(address, "/") {
		greedy := strings.HasSuffix(segment, "+}") && i < strings.Count(address, "/")
		if strings.ContainsAny(segment, "{}") && template(segment) == segment || greedy {
			return rule{}, errors.New("a parameter is a whole segment, {name}, and only the last may be {name+}")
		}
	}
	return rule{method: method, path: template(address), text: text}, nil
}

// template forgets the names of a path's parameters, which are nobody's business:
// {} is one segment, {+} the rest.
func template(address string) string {
	if !strings.Contains(address, "{") {
		return address
	}
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

// otherwise is how rules that one policy cannot express can be kept after all.
const otherwise = `set "cache_key" to "route" and add method and path, or $context.routeKey, to the identity source; ` +
	"or set RESULT_TTL=0 here and on the API"

// faults lists what a policy that API Gateway hands to every request with the same
// token cannot express.
func (r rules) faults(where string) config.Faults {
	if !r.cached || r.byRoute {
		return nil
	}
	var faults config.Faults
	size := 0
	for _, u := range r.list {
		patterns := u.globs()
		if r.closed {
			patterns = slices.Concat(u.tight(), u.below())
		}
		for _, pattern := range patterns {
			size += 2 * (len(pattern) + 100) // beside what stands before the method in an ARN
		}
		if r.closed && u.muddled() {
			faults = append(faults, fmt.Sprintf("%s: no cached policy can say %q: %s", where, u.text, otherwise))
		}
	}
	if size > maxPolicy {
		faults = append(faults, where+" is too long for a policy: "+otherwise)
	}
	for _, wide := range r.list {
		for _, narrow := range r.list {
			if wide.path != narrow.path && r.conflict(wide, narrow) {
				faults = append(faults, fmt.Sprintf("%s: in a cached policy %q covers %q, whose demands differ: "+
					"let the second demand what the first does as well, or %s", where, wide.text, narrow.text, otherwise))
			}
		}
	}
	return faults
}

// conflict reports whether one policy cannot tell the rules apart. Its star spans
// slashes, so denying GET /pets/{id} denies GET /pets/{id}/toys too: wrong for a
// token that meets the second's demand and not the first's. And where everything
// else is refused, allowing the first opens whatever lies below it, so that is
// denied, the second with it.
func (r rules) conflict(wide, narrow rule) bool {
	if wide.method != "ANY" && narrow.method != "ANY" && wide.method != narrow.method {
		return false
	}
	// A segment that no route names, as those have routes of their own.
	example := strings.NewReplacer("{}", "\x00", "{+}", "\x00").Replace(narrow.path)
	if !wide.demand.implied(narrow.demand) && Glob(stars(wide.path), example) {
		return true
	}
	return r.closed && Glob(stars(wide.path), example) && !covers(wide.path, narrow.path)
}
