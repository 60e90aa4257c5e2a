package local

import (
	"encoding/json"
	"net/http"
)

// graphQLAuthorizerEvent is the event of AppSync's authorizer.
type graphQLAuthorizerEvent struct {
	AuthorizationToken string            `json:"authorizationToken"`
	RequestContext     graphQLContext    `json:"requestContext"`
	RequestHeaders     map[string]string `json:"requestHeaders"`
}

type graphQLContext struct {
	APIID         string         `json:"apiId"`
	AccountID     string         `json:"accountId"`
	RequestID     string         `json:"requestId"`
	QueryString   string         `json:"queryString"`
	OperationName string         `json:"operationName,omitempty"`
	Variables     map[string]any `json:"variables"`
}

// resolverEvent is what a resolver's function gets, as far as identity goes.
type resolverEvent struct {
	Identity struct {
		ResolverContext map[string]any `json:"resolverContext"`
	} `json:"identity"`
	Request struct {
		Headers map[string]string `json:"headers"`
	} `json:"request"`
}

func (r *request) graphQLAuthorizerEvent(token string) graphQLAuthorizerEvent {
	var body struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
	}
	_ = json.Unmarshal(r.body, &body) // AppSync asks the authorizer before it reads the query
	return graphQLAuthorizerEvent{
		AuthorizationToken: token,
		RequestContext: graphQLContext{
			APIID: r.apiID(), AccountID: account, RequestID: r.id,
			QueryString: body.Query, OperationName: body.OperationName, Variables: body.Variables,
		},
		RequestHeaders: joined(r.forwarded(), true),
	}
}

func (r *request) resolverEvent() resolverEvent {
	var e resolverEvent
	e.Identity.ResolverContext, e.Request.Headers = r.authorizer, joined(r.forwarded(), true)
	return e
}

// resolved is AppSync's answer: what the resolver said.
func resolved(answer []byte) (response, error) {
	body, err := json.Marshal(map[string]json.RawMessage{"data": answer})
	return response{http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body}, err
}

// notAuthorized is how AppSync refuses, whatever the reason.
func notAuthorized() response {
	body, _ := json.Marshal(map[string]any{"errors": []map[string]string{
		{"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."},
	}})
	return response{http.StatusUnauthorized, http.Header{"Content-Type": {"application/json"}}, body}
}
