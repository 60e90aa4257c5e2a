package authorizer

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request is what the event tells of the caller's request.
func (e *event) request(wants wants) Request {
	r := Request{
		Method: e.arn.method, Path: e.path, Route: e.routeKey, SourceIP: e.sourceIP, ClientCert: e.clientCert,
		Cookies: e.cookies,
	}
	switch e.kind {
	case restToken:
		r.Path, r.Header = e.arn.path, http.Header{"Authorization": {e.token}}
		return r
	case appSync: // one address, of which the event says nothing
		r.Method, r.Path, r.bare = "POST", "/graphql", true
		r.Header = http.Header(e.headers)
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header["Authorization"] = []string{e.token}
		return r
	case webSocket:
		r.Method, r.Path, r.Route = "GET", "/$connect", "$connect"
	case restRequest, http1:
		r.Route = e.arn.method + " " + e.resource
	}
	r.Header = longer(e.headers, e.lists)
	if e.kind != http2 { // whose map of parameters joins repetitions
		r.Query, r.Cookies = longer(e.query, e.queries), split(r.Header["Cookie"])
	}
	if e.kind != webSocket { // which tells no path
		r.also = []string{e.arn.path, "/" + strings.TrimPrefix(e.path, "/"+e.arn.stage())}
	}
	if e.rawQuery != "" && wants.query {
		// Half of what cannot be read might be read otherwise behind us: no parameter
		// counts then.
		if query, err := url.ParseQuery(e.rawQuery); err == nil {
			r.Query = query
		}
	}
	return r
}

// longer joins both forms in which an event has headers or parameters. Where one list is
// longer it counts, and where they differ both do, so that neither can hide what the
// other one has.
func longer(single, lists map[string][]string) map[string][]string {
	if lists == nil {
		return single
	}
	for name, values := range single {
		switch list := lists[name]; {
		case len(values) > len(list):
			lists[name] = values
		case len(values) == len(list) && !slices.Equal(values, list):
			lists[name] = append(list, values...)
		}
	}
	return lists
}

func split(lines []string) []string {
	var cookies []string
	for _, line := range lines {
		for cookie := range strings.SplitSeq(line, ";") {
			cookies = append(cookies, strings.TrimSpace(cookie))
		}
	}
	return cookies
}
