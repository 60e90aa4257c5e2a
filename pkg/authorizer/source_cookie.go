package authorizer

import (
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// fromCookie is a session cookie with a token. A browser sends it whoever made the
// page that asks, so where a request may change something, it has to show that a
// page of the same origin made it: by a header that no foreign page can set without
// the API's leave, or by what the browser itself says.
func fromCookie(name, csrfHeader string) func(r Request) (string, error) {
	return func(r Request) (string, error) {
		var values []string
		for _, cookie := range r.Cookies {
			if n, value, _ := strings.Cut(cookie, "="); n == name {
				values = append(values, value)
			}
		}
		token, err := only(values, "cookie "+name)
		if token == "" || err != nil {
			return "", err
		}
		if !r.safe() && !r.sameOrigin(csrfHeader) {
			return "", oauth.InvalidRequest.Errorf("a cookie alone does not show who made this request")
		}
		return token, nil
	}
}

// safe reports whether the request changes nothing (RFC 9110 §9.2.1). Opening a
// WebSocket does: what is sent over it nobody asks about again.
func (r Request) safe() bool {
	if r.Header["Sec-Websocket-Key"] != nil || strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return false
	}
	return r.Method == "GET" || r.Method == "HEAD" || r.Method == "OPTIONS"
}

func (r Request) sameOrigin(csrfHeader string) bool {
	if csrfHeader != "" && r.Header.Get(csrfHeader) != "" {
		return true
	}
	site := r.Header["Sec-Fetch-Site"]
	return len(site) == 1 && site[0] == "same-origin"
}
