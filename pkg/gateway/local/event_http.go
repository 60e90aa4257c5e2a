package local

import (
	"net/http"
	"strings"
)

// httpEvent is the event of an HTTP API, payload format 2.0, for functions and,
// with RouteARN, for authorizers.
type httpEvent struct {
	Version         string            `json:"version"`
	Type            string            `json:"type,omitempty"`
	RouteARN        string            `json:"routeArn,omitempty"`
	IdentitySource  []string          `json:"identitySource,omitempty"`
	RouteKey        string            `json:"routeKey"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies,omitempty"`
	Headers         map[string]string `json:"headers"`
	Query           map[string]string `json:"queryStringParameters,omitempty"`
	PathParameters  map[string]string `json:"pathParameters,omitempty"`
	RequestContext  httpContext       `json:"requestContext"`
	Body            string            `json:"body,omitempty"`
	IsBase64Encoded *bool             `json:"isBase64Encoded,omitempty"`
}

type httpContext struct {
	AccountID      string              `json:"accountId"`
	APIID          string              `json:"apiId"`
	Authentication *httpAuthentication `json:"authentication,omitempty"`
	Authorizer     *httpAuthorizer     `json:"authorizer,omitempty"`
	DomainName     string              `json:"domainName"`
	DomainPrefix   string              `json:"domainPrefix"`
	HTTP           httpRequestLine     `json:"http"`
	RequestID      string              `json:"requestId"`
	RouteKey       string              `json:"routeKey"`
	Stage          string              `json:"stage"`
	Time           string              `json:"time"`
	TimeEpoch      int64               `json:"timeEpoch"`
}

type httpAuthentication struct {
	ClientCert *clientCert `json:"clientCert"`
}

type httpAuthorizer struct {
	Lambda map[string]any `json:"lambda"`
}

type httpRequestLine struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

const commonLog = "02/Jan/2006:15:04:05 -0700"

// httpEvent makes the event for the route's function.
func (r *request) httpEvent() httpEvent {
	e := r.httpRequest()
	body, isBase64 := r.text()
	e.Body, e.IsBase64Encoded = body, &isBase64
	if r.authorizer != nil {
		e.RequestContext.Authorizer = &httpAuthorizer{r.authorizer}
	}
	return e
}

// httpAuthorizerEvent makes the event for an authorizer of format 2.0. It has no
// body.
func (r *request) httpAuthorizerEvent(identity []string) httpEvent {
	e := r.httpRequest()
	e.Type, e.RouteARN, e.IdentitySource = "REQUEST", r.arn(), identity
	return e
}

func (r *request) httpRequest() httpEvent {
	prefix, _, _ := strings.Cut(r.Host, ".")
	header := r.forwarded()
	var cookies []string
	for _, line := range header["Cookie"] {
		for cookie := range strings.SplitSeq(line, ";") {
			cookies = append(cookies, strings.TrimSpace(cookie))
		}
	}
	header.Del("Cookie")
	path := r.URL.EscapedPath()
	if r.api.Stage != "$default" {
		path = "/" + r.api.Stage + path // a named stage shows in the path
	}
	e := httpEvent{
		Version: "2.0", RouteKey: r.routeKey(), RawPath: path, RawQueryString: r.URL.RawQuery,
		Cookies: cookies, Headers: joined(http.Header(header), true), Query: joined(r.URL.Query(), false),
		PathParameters: r.params,
		RequestContext: httpContext{
			AccountID: account, APIID: r.apiID(), DomainName: r.Host, DomainPrefix: prefix,
			HTTP: httpRequestLine{
				Method: r.Method, Path: path, Protocol: r.Proto, SourceIP: r.sourceIP(), UserAgent: r.UserAgent(),
			},
			RequestID: r.id, RouteKey: r.routeKey(), Stage: r.api.Stage,
			Time: r.time.Format(commonLog), TimeEpoch: r.time.UnixMilli(),
		},
	}
	if certificate := r.clientCert(); certificate != nil {
		e.RequestContext.Authentication = &httpAuthentication{certificate}
	}
	return e
}
