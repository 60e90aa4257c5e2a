package authorizer

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// read returns the path as a server behind a catch-all may understand it.
func read(p string) string { return path.Clean("/" + decoded(p)) }

// climbs reports whether the path goes elsewhere where dots are followed than where they
// are taken for names.
func climbs(p string) bool {
	segments := strings.Split(decoded(p), "/")
	return slices.Contains(segments, ".") || slices.Contains(segments, "..")
}

func decoded(p string) string {
	if decoded, err := url.PathUnescape(p); err == nil {
		return decoded
	}
	return p
}

// readings are all the ways in which servers may understand a path: some take a
// backslash for a slash, and some forget what follows a semicolon in a segment, before
// they look for dots.
func readings(p string) []string {
	all := []string{read(p)}
	if p = decoded(p); !strings.ContainsAny(p, `\;`) {
		return all
	}
	segments := strings.Split(strings.ReplaceAll(p, `\`, "/"), "/")
	for i, segment := range segments {
		segments[i], _, _ = strings.Cut(segment, ";")
	}
	return append(all, path.Clean("/"+strings.Join(segments, "/")))
}

// elsewhere is where servers may understand the path to lead out of the route that it
// came by: to /internal by /pets/../internal, which came by /pets/{proxy+}. /pets/ may
// have come by that, too, and leads nowhere else.
func (r Request) elsewhere(route string) []string {
	fixed, _, parameters := strings.Cut(route, "{")
	if !parameters || r.place() == fixed {
		return nil
	}
	return slices.DeleteFunc(readings(r.place()), func(p string) bool { return strings.HasPrefix(p, fixed) })
}
