package local

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"time"
)

// Where a laptop's APIs would be deployed. The numbers are AWS's own examples.
const (
	region  = "us-east-1"
	account = "123456789012"
)

// request is one HTTP request on its way through an API.
type request struct {
	*http.Request
	api    API
	route  Route
	params map[string]string
	body   []byte
	id     string
	time   time.Time

	authorizer map[string]any // what the authorizer added
	principal  string
}

func newRequest(r *http.Request, api API, route Route, params map[string]string, now time.Time) *request {
	return &request{Request: r, api: api, route: route, params: params, id: rand.Text(), time: now}
}

// apiID stands for the id that AWS would have given to the API.
func (r *request) apiID() string { return "local" + r.api.Name }

// arn names the method or route that was called, which is what policies speak of.
func (r *request) arn() string {
	if r.api.Kind == WebSocket {
		return "arn:aws:execute-api:" + region + ":" + account + ":" + r.apiID() + "/" + r.api.Stage + "/$connect"
	}
	return "arn:aws:execute-api:" + region + ":" + account + ":" + r.apiID() + "/" + r.api.Stage + "/" +
		r.Method + r.URL.EscapedPath()
}

func (r *request) routeKey() string { return r.route.Method + " " + r.route.Path }

func (r *request) sourceIP() string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// forwarded returns the headers as the gateway passes them on: with Host, and with
// the caller's address after whatever the caller wrote into X-Forwarded-For.
func (r *request) forwarded() http.Header {
	header := r.Header.Clone()
	header.Set("Host", r.Host)
	header.Set("X-Forwarded-For", strings.TrimPrefix(header.Get("X-Forwarded-For")+", "+r.sourceIP(), ", "))
	header.Set("X-Forwarded-Proto", "https")
	header.Set("X-Forwarded-Port", "443")
	return header
}

// text returns the body as the event holds it. An HTTP API sends everything that
// is not plainly text as base64, forms too; a REST API without binary media types
// sends everything as text.
func (r *request) text() (body string, isBase64 bool) {
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	plain := strings.HasPrefix(mediaType, "text/") || mediaType == "application/json" ||
		mediaType == "application/xml" || mediaType == "application/javascript"
	if len(r.body) > 0 && r.api.Kind == HTTP && !plain {
		return base64.StdEncoding.EncodeToString(r.body), true
	}
	return string(r.body), false
}

// single keeps one value of each: the last one, as API Gateway does.
func single(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	last := make(map[string]string, len(values))
	for name, v := range values {
		last[name] = v[len(v)-1]
	}
	return last
}

// joined joins repeated values by commas, names in lower case where lower is set.
func joined(values map[string][]string, lower bool) map[string]string {
	if len(values) == 0 {
		return nil
	}
	all := make(map[string]string, len(values))
	for name, v := range values {
		if lower {
			name = strings.ToLower(name)
		}
		all[name] = strings.Join(v, ",")
	}
	return all
}

func many(values map[string][]string) map[string][]string {
	if len(values) == 0 {
		return nil
	}
	return values
}
