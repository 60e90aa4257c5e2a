package inbound

import (
	"net/http"
	"path"
	"strings"
)

// Exact answers 404 for a path with "..", "//" and the like, which is nobody's.
// http.ServeMux would send its sender to the clean one by 307, and the browser would
// take the form along, with the password in it (RFC 9700 §4.12).
func Exact(h http.Handler) http.Handler {
	return ExactOr(h, http.HandlerFunc(http.NotFound))
}

// ExactOr is Exact with another answer for such a path. A slash that is part of a name is
// written as %2F, and is none of the path: what is compared is what http.ServeMux compares.
func ExactOr(h, otherwise http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := r.URL.EscapedPath()
		clean := path.Clean("/" + sent)
		if clean != "/" && strings.HasSuffix(sent, "/") {
			clean += "/"
		}
		if sent != clean {
			otherwise.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}
