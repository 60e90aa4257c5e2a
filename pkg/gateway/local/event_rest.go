package local

import (
	"fmt"
	"strings"
)

// restEvent is the event of a REST API, for functions and, with MethodARN, for
// REQUEST authorizers. With a Version it is an HTTP API's format 1.0.
type restEvent struct {
	Version            string              `json:"version,omitempty"`
	Type               string              `json:"type,omitempty"`
	MethodARN          string              `json:"methodArn,omitempty"`
	IdentitySource     string              `json:"identitySource,omitempty"`
	AuthorizationToken string              `json:"authorizationToken,omitempty"`
	Resource           string              `json:"resource"`
	Path               string              `json:"path"`
	HTTPMethod         string              `json:"httpMethod"`
	Headers            map[string]string   `json:"headers"`
	MultiValueHeaders  map[string][]string `json:"multiValueHeaders"`
	Query              map[string]string   `json:"queryStringParameters"`
	MultiValueQuery    map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters     map[string]string   `json:"pathParameters"`
	StageVariables     map[string]string   `json:"stageVariables"`
	RequestContext     restContext         `json:"requestContext"`
	Body               *string             `json:"body,omitempty"`
	IsBase64Encoded    *bool               `json:"isBase64Encoded,omitempty"`
}

type restContext struct {
	AccountID        string         `json:"accountId"`
	APIID            string         `json:"apiId"`
	Authorizer       map[string]any `json:"authorizer,omitempty"`
	DomainName       string         `json:"domainName"`
	DomainPrefix     string         `json:"domainPrefix"`
	HTTPMethod       string         `json:"httpMethod"`
	Identity         restIdentity   `json:"identity"`
	Path             string         `json:"path"`
	Protocol         string         `json:"protocol"`
	RequestID        string         `json:"requestId"`
	RequestTime      string         `json:"requestTime"`
	RequestTimeEpoch int64          `json:"requestTimeEpoch"`
	ResourceID       string         `json:"resourceId"`
	ResourcePath     string         `json:"resourcePath"`
	Stage            string         `json:"stage"`
}

type restIdentity struct {
	SourceIP   string      `json:"sourceIp"`
	UserAgent  string      `json:"userAgent"`
	ClientCert *clientCert `json:"clientCert,omitempty"`
}

// tokenEvent is the event of a TOKEN authorizer.
type tokenEvent struct {
	Type               string `json:"type"`
	AuthorizationToken string `json:"authorizationToken"`
	MethodARN          string `json:"methodArn"`
}

// restEvent makes the event for the route's function. Every value of the
// authorizer's context has become a string, as REST APIs make it.
func (r *request) restEvent() restEvent {
	e := r.restRequest()
	body, isBase64 := r.text()
	e.IsBase64Encoded = &isBase64
	if body != "" {
		e.Body = &body
	}
	if r.authorizer != nil {
		added := map[string]any{"principalId": r.principal, "integrationLatency": 1}
		for name, value := range r.authorizer {
			added[name] = fmt.Sprint(value)
		}
		e.RequestContext.Authorizer = added
	}
	return e
}

// restAuthorizerEvent makes the event for a REQUEST authorizer of a REST API, or,
// with version 1.0, of an HTTP API. It has no body.
func (r *request) restAuthorizerEvent(version string, identity []string) restEvent {
	e := r.restRequest()
	e.Version, e.Type, e.MethodARN = version, "REQUEST", r.arn()
	if version != "" {
		e.IdentitySource = strings.Join(identity, ",")
		e.AuthorizationToken = e.IdentitySource
	}
	return e
}

func (r *request) restRequest() restEvent {
	prefix, _, _ := strings.Cut(r.Host, ".")
	header := r.forwarded()
	return restEvent{
		Resource: r.route.Path, Path: r.URL.EscapedPath(), HTTPMethod: r.Method,
		Headers: single(header), MultiValueHeaders: header,
		Query: single(r.URL.Query()), MultiValueQuery: many(r.URL.Query()), PathParameters: r.params,
		RequestContext: restContext{
			AccountID: account, APIID: r.apiID(), DomainName: r.Host, DomainPrefix: prefix, HTTPMethod: r.Method,
			Identity: restIdentity{SourceIP: r.sourceIP(), UserAgent: r.UserAgent(), ClientCert: r.clientCert()},
			Path:     "/" + r.api.Stage + r.URL.EscapedPath(), Protocol: r.Proto, RequestID: r.id,
			RequestTime: r.time.Format(commonLog), RequestTimeEpoch: r.time.UnixMilli(),
			ResourceID: "res" + r.api.Name, ResourcePath: r.route.Path, Stage: r.api.Stage,
		},
	}
}
