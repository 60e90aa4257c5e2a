package authorizer

import (
	"slices"
	"strings"
)

// methods are those that API Gateway knows.
var methods = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}

// globs are the rule as a Deny writes it: at least its own paths.
func (u rule) globs() []string { return u.each(u.verb(), stars(u.path)) }

// tight are the rule as an Allow writes it: every method by name, since a star
// before the path is a star before any longer path, and a parameter of at least one
// character, or else GET /pets/{id} would open /pets/, which REST APIs take for
// /pets.
func (u rule) tight() []string {
	return u.each(u.verbs(), strings.NewReplacer("{}", "?*", "{+}", "*").Replace(u.path))
}

// below are the patterns of what tight covers beyond the rule's own paths: a star
// spans slashes, so each parameter would take further segments.
func (u rule) below() []string {
	var deeper []string
	segments := strings.Split(u.path, "/")
	for i, segment := range segments {
		if segment == "{}" {
			spread := slices.Concat(segments[:i], []string{"*/*"}, segments[i+1:])
			deeper = append(deeper, stars(strings.Join(spread, "/")))
		}
	}
	return u.each(u.verbs(), deeper...)
}

// muddled reports whether no pattern tells what tight covers from the rule's paths.
func (u rule) muddled() bool {
	return strings.Contains(u.path, "{}") && strings.Contains(u.path, "{+}")
}

func (u rule) verbs() []string {
	if u.method == "ANY" {
		return methods
	}
	return []string{u.method}
}

func (u rule) verb() []string {
	if u.method == "ANY" {
		return []string{"*"}
	}
	return []string{u.method}
}

func (u rule) each(verbs []string, paths ...string) []string {
	all := make([]string, 0, len(verbs)*len(paths))
	for _, verb := range verbs {
		for _, p := range paths {
			all = append(all, verb+p)
		}
	}
	return all
}

func stars(template string) string {
	return strings.NewReplacer("{}", "*", "{+}", "*").Replace(template)
}

// Glob reports whether a pattern of a policy matches a text as IAM would: * is any text,
// slashes too, and ? any one character. It never backtracks past the last star, because
// the text is the caller's.
func Glob(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
