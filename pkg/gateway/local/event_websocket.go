package local

import "fmt"

// connectEvent is the event of a WebSocket's handshake, for the function of its
// route and, with MethodARN, for the authorizer.
type connectEvent struct {
	Type              string              `json:"type,omitempty"`
	MethodARN         string              `json:"methodArn,omitempty"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             map[string]string   `json:"queryStringParameters,omitempty"`
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters,omitempty"`
	StageVariables    map[string]string   `json:"stageVariables,omitempty"`
	RequestContext    connectContext      `json:"requestContext"`
	IsBase64Encoded   *bool               `json:"isBase64Encoded,omitempty"`
}

type connectContext struct {
	RouteKey         string         `json:"routeKey"`
	Authorizer       map[string]any `json:"authorizer,omitempty"`
	EventType        string         `json:"eventType"`
	RequestTime      string         `json:"requestTime"`
	MessageDirection string         `json:"messageDirection"`
	Stage            string         `json:"stage"`
	ConnectedAt      int64          `json:"connectedAt"`
	RequestTimeEpoch int64          `json:"requestTimeEpoch"`
	Identity         restIdentity   `json:"identity"`
	RequestID        string         `json:"requestId"`
	DomainName       string         `json:"domainName"`
	ConnectionID     string         `json:"connectionId"`
	APIID            string         `json:"apiId"`
}

// connectEvent makes the event for the route's function. API Gateway repeats what
// the authorizer said in the event of every later message, too.
func (r *request) connectEvent() connectEvent {
	e := r.handshake()
	no := false
	e.IsBase64Encoded = &no
	if r.authorizer != nil {
		e.RequestContext.Authorizer = map[string]any{"principalId": r.principal, "integrationLatency": 1}
		for name, value := range r.authorizer {
			if number, ok := value.(float64); ok && number == float64(int64(number)) {
				value = int64(number) // as it was written
			}
			e.RequestContext.Authorizer[name] = fmt.Sprint(value)
		}
	}
	return e
}

func (r *request) connectAuthorizerEvent() connectEvent {
	e := r.handshake()
	e.Type, e.MethodARN = "REQUEST", r.arn()
	return e
}

func (r *request) handshake() connectEvent {
	header := r.forwarded()
	return connectEvent{
		Headers: single(header), MultiValueHeaders: header,
		Query: single(r.URL.Query()), MultiValueQuery: many(r.URL.Query()),
		RequestContext: connectContext{
			RouteKey: "$connect", EventType: "CONNECT", MessageDirection: "IN", Stage: r.api.Stage,
			RequestTime: r.time.Format(commonLog), RequestTimeEpoch: r.time.UnixMilli(), ConnectedAt: r.time.UnixMilli(),
			Identity:  restIdentity{SourceIP: r.sourceIP(), UserAgent: r.UserAgent()},
			RequestID: r.id, DomainName: r.Host, ConnectionID: r.id[:12] + "=", APIID: r.apiID(),
		},
	}
}
