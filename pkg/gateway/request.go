package gateway

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// request makes the event a server's request, as net/http would have read it.
func (e *event) request(ctx context.Context, basePath string) (*http.Request, error) {
	method := e.HTTPMethod
	if e.flavour == payload2 {
		method = e.RequestContext.HTTP.Method
	}
	if method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return nil, fmt.Errorf("gateway: %q is no HTTP method", method)
	}
	body := e.Body
	if e.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return nil, errors.New("gateway: the body is not the base64 it claims to be")
		}
		body = string(decoded)
	}
	header := e.header()
	u := e.url(basePath)
	r := &http.Request{
		Method: method, URL: u, RequestURI: u.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: e.host(), RemoteAddr: e.remoteAddr(),
		Body: http.NoBody, ContentLength: int64(len(body)),
	}
	if body != "" {
		r.Body = readCloser{strings.NewReader(body)}
	}
	return r.WithContext(context.WithValue(ctx, authorizerKey{}, e.authorizerContext())), nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// url joins path and query. The path loses basePath, and a slash at its end: HTTP
// APIs take /x and /x/ for two routes, handlers do not. Format 2.0 joins repeated
// parameters by commas in its map, so only the raw query shows a repetition.
func (e *event) url(basePath string) *url.URL {
	path, query := e.Path, ""
	switch e.flavour {
	case payload2:
		path, query = e.RawPath, e.RawQueryString
	case payload1:
		query = e.values().Encode()
	default: // a load balancer passes names and values on as they were sent
		var fields []string
		for name, values := range sorted(e.values()) {
			for _, value := range values {
				fields = append(fields, name+"="+value)
			}
		}
		query = strings.Join(fields, "&")
	}
	if rest, ok := strings.CutPrefix(path, basePath); ok && (rest == "" || rest[0] == '/') {
		path = rest
	}
	path = "/" + strings.Trim(path, "/")
	decoded, err := url.PathUnescape(path)
	if err != nil { // the gateway has decoded it already
		decoded = path
	}
	return &url.URL{Path: decoded, RawPath: path, RawQuery: query}
}

// values returns the query's parameters, all their values where the event has them.
func (e *event) values() url.Values {
	if e.MultiValueQuery != nil {
		return e.MultiValueQuery
	}
	values := url.Values{}
	for name, value := range e.Query {
		values[name] = []string{value}
	}
	return values
}

// header collects the headers. A name that was sent in two spellings has two
// values, so that a second Authorization cannot hide.
//
// Forwarded and X-Forwarded-* are dropped: whoever reads them believes the caller,
// who may write there what he likes. What is true of the connection is in Host and
// RemoteAddr; the price is that a handler cannot see the proxies in between.
func (e *event) header() http.Header {
	header := http.Header{}
	if e.MultiValueHeaders != nil {
		for name, values := range sorted(e.MultiValueHeaders) {
			for _, value := range values {
				header.Add(name, value)
			}
		}
	} else {
		for name, value := range sorted(e.Headers) {
			header.Add(name, value)
		}
	}
	if len(e.Cookies) > 0 { // only format 2.0 has them apart
		header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	for name := range header {
		if name == "Host" || name == "Forwarded" || strings.HasPrefix(name, "X-Forwarded-") {
			delete(header, name)
		}
	}
	return header
}

// host is the domain that API Gateway says was called. A load balancer does not
// say, and forwards only what its listener's rules let through.
func (e *event) host() string {
	if e.flavour == alb || e.flavour == albMulti {
		return e.last("Host")
	}
	return e.RequestContext.DomainName
}

// remoteAddr is the caller's address by the request context. A load balancer
// appends the address it saw to X-Forwarded-For, so the last entry is its own word
// and the entries before it are the caller's. An address that nobody vouches for is
// 0.0.0.0, shared by all such callers.
func (e *event) remoteAddr() string {
	source := e.RequestContext.Identity.SourceIP
	switch e.flavour {
	case payload2:
		source = e.RequestContext.HTTP.SourceIP
	case alb, albMulti:
		entries := strings.Split(e.last("X-Forwarded-For"), ",")
		source = strings.TrimSpace(entries[len(entries)-1])
	}
	if withPort, err := netip.ParseAddrPort(source); err == nil {
		source = withPort.Addr().String()
	}
	address, err := netip.ParseAddr(source)
	if err != nil {
		address = netip.IPv4Unspecified()
	}
	return netip.AddrPortFrom(address, 0).String()
}

// last returns a header's last value.
func (e *event) last(name string) string {
	for key, values := range e.MultiValueHeaders {
		if len(values) > 0 && strings.EqualFold(key, name) {
			return values[len(values)-1]
		}
	}
	for key, value := range e.Headers {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// sorted ranges over a map in the order of its keys.
func sorted[V any](m map[string]V) func(yield func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
