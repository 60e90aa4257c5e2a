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
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := path.Clean("/" + r.URL.Path)
		if clean != "/" && strings.HasSuffix(r.URL.Path, "/") {
			clean += "/"
		}
		if r.URL.Path != clean {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}
