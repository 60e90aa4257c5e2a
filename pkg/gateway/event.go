package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
)

// flavour is a kind of event and, with it, the form of the answer.
type flavour int

const (
	unknown  flavour = iota
	payload1         // REST API, and HTTP API with payload format 1.0
	payload2         // HTTP API with payload format 2.0, and Function URL
	alb              // Application Load Balancer, one value a header
	albMulti         // the same with multi-value headers enabled
)

// event holds the members of every flavour that we read.
type event struct {
	flavour flavour

	Version   string `json:"version"`
	Type      string `json:"type"`
	MethodARN string `json:"methodArn"`
	RouteARN  string `json:"routeArn"`

	HTTPMethod      string              `json:"httpMethod"`
	Path            string              `json:"path"`
	Query           map[string]string   `json:"queryStringParameters"`
	MultiValueQuery map[string][]string `json:"multiValueQueryStringParameters"`

	RawPath        string   `json:"rawPath"`
	RawQueryString string   `json:"rawQueryString"`
	Cookies        []string `json:"cookies"`

	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`

	RequestContext requestContext `json:"requestContext"`
}

type requestContext struct {
	ELB        *struct{}      `json:"elb"`
	DomainName string         `json:"domainName"`
	Authorizer map[string]any `json:"authorizer"`
	Identity   struct {
		SourceIP string `json:"sourceIp"`
	} `json:"identity"`
	HTTP struct {
		Method   string `json:"method"`
		SourceIP string `json:"sourceIp"`
	} `json:"http"`
}

// decode reads a payload. The flavour is unknown when it is no HTTP request; when
// it is one with a member of the wrong type, there are both a flavour and an error.
func decode(payload []byte) (event, error) {
	var e event
	err := json.Unmarshal(payload, &e)
	var mistyped *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &mistyped) {
		return event{}, fmt.Errorf("gateway: event is not JSON: %w", err)
	}
	if e.Type == "TOKEN" || e.Type == "REQUEST" || e.MethodARN != "" || e.RouteARN != "" {
		return event{}, errAuthorizerEvent
	}
	switch {
	case e.RequestContext.ELB != nil && e.MultiValueHeaders != nil:
		e.flavour = albMulti
	case e.RequestContext.ELB != nil:
		e.flavour = alb
	case e.Version == "2.0":
		e.flavour = payload2
	case e.HTTPMethod != "":
		e.flavour = payload1
	case err != nil:
		return event{}, fmt.Errorf("gateway: event: %w", err)
	default:
		return event{}, errors.New("gateway: this is not the event of an HTTP request")
	}
	return e, err
}

// authorizerContext returns what a Lambda authorizer added: under "lambda" in
// payload format 2.0, at the top in the others. A load balancer has none.
func (e *event) authorizerContext() map[string]any {
	switch e.flavour {
	case payload1:
		return e.RequestContext.Authorizer
	case payload2:
		added, _ := e.RequestContext.Authorizer["lambda"].(map[string]any)
		return added
	default:
		return nil
	}
}
