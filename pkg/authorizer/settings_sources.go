package authorizer

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

// sources reads where tokens may stand. It refuses a place about which API
// Gateway's result cache would not ask again.
func (s Settings) sources(ttl time.Duration) (all sources, faults config.Faults) {
	dpop := on(s.DPoP.Mode) != ""
	if len(s.Sources) == 0 {
		return sources{{name: "the Authorization header", find: fromAuthorization(dpop)}}, nil
	}
	for i, one := range s.Sources {
		where := fmt.Sprintf("settings: sources[%d]", i)
		found, given := one.source(dpop)
		if given != 1 {
			faults = append(faults, where+" must name one place: header, query, subprotocol, cookie or api_key_header")
			continue
		}
		if one.Cookie != "" && ttl > 0 {
			faults = append(faults, where+": a kept answer would skip the check of who made the request that carries the cookie: "+
				"set result_ttl to 0s here and the result TTL of the API to 0")
		}
		if one.CSRFHeader != "" && one.Cookie == "" {
			faults = append(faults, where+": csrf_header goes with cookie")
		}
		all = append(all, found)
	}
	return all, faults
}

// wants are what the sources read of a request.
func (s Settings) wants() wants {
	w := wants{headers: []string{"Authorization"}}
	if on(s.DPoP.Mode) != "" {
		w.headers = append(w.headers, "Dpop")
	}
	for _, one := range s.Sources {
		w.query = w.query || one.Query != ""
		switch {
		case one.Header != "":
			w.headers = append(w.headers, http.CanonicalHeaderKey(one.Header))
		case one.APIKeyHeader != "":
			w.headers = append(w.headers, http.CanonicalHeaderKey(one.APIKeyHeader))
		case one.Subprotocol != "":
			w.headers = append(w.headers, "Sec-Websocket-Protocol")
		case one.Cookie != "":
			w.headers = append(w.headers, "Cookie", "Sec-Fetch-Site", "Sec-Websocket-Key", "Upgrade")
		}
		if one.CSRFHeader != "" {
			w.headers = append(w.headers, http.CanonicalHeaderKey(one.CSRFHeader))
		}
	}
	return w
}

// source is the place that is named, and how many were.
func (s SourceSettings) source(dpop bool) (found source, given int) {
	for _, place := range []struct {
		kind, name string
		find       func(string) func(Request) (string, error)
	}{
		{"header", s.Header, fromNamedHeader(dpop)},
		{"parameter", s.Query, fromQuery},
		{"subprotocol", s.Subprotocol, fromSubprotocol},
		{"cookie", s.Cookie, func(name string) func(Request) (string, error) { return fromCookie(name, s.CSRFHeader) }},
		{"header", s.APIKeyHeader, fromAPIKeyHeader},
	} {
		if place.name != "" {
			given++
			found = source{place.kind + " " + place.name, place.find(place.name), s.APIKeyHeader != ""}
		}
	}
	return found, given
}

// fromNamedHeader is the Authorization header, or another.
func fromNamedHeader(dpop bool) func(name string) func(Request) (string, error) {
	return func(name string) func(Request) (string, error) {
		if strings.EqualFold(name, "Authorization") {
			return fromAuthorization(dpop)
		}
		return fromHeader(name)
	}
}
