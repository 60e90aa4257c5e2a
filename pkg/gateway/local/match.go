package local

import "strings"

// find returns the most specific route for a request, with its path parameters: the
// path counts first, then the method, before ANY.
// known reports whether the path has a route of any method.
func (a API) find(method, path string) (found Route, params map[string]string, known bool) {
	best := -1
	for _, candidate := range a.Routes {
		rank, p := match(candidate.Path, path)
		if rank < 0 {
			continue
		}
		known, rank = true, 2*rank
		if candidate.Method == method {
			rank++
		}
		if rank > best && (candidate.Method == method || candidate.Method == "ANY") {
			best, found, params = rank, candidate, p
		}
	}
	if best < 0 {
		return Route{}, nil, known
	}
	return found, params, true
}

// match compares a path to a route's: the rank grows with every literal segment
// and is lower for parameters, lowest for greedy ones; -1 when they do not match.
// A greedy parameter takes at least one character, so /{name+} is not the root.
func match(template, path string) (rank int, params map[string]string) {
	params = map[string]string{}
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	for i, segment := range want {
		name, parameter := strings.CutPrefix(segment, "{")
		switch {
		case i >= len(got):
			return -1, nil
		case parameter && strings.HasSuffix(name, "+}"):
			rest := strings.Join(got[i:], "/")
			if rest == "" {
				return -1, nil
			}
			params[strings.TrimSuffix(name, "+}")] = rest
			return rank + 1, params
		case parameter && got[i] != "":
			params[strings.TrimSuffix(name, "}")] = got[i]
			rank += 2
		case segment == got[i]:
			rank += 3
		default:
			return -1, nil
		}
	}
	if len(got) > len(want) {
		return -1, nil
	}
	return rank, params
}
