package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// authorizerTimeout is how long an authorizer may take; fixed by API Gateway.
const authorizerTimeout = 10 * time.Second

// Why a request does not pass. Anything else is the authorizer's own failure.
var (
	errUnauthorized = errors.New("Unauthorized") // the very text that API Gateway knows
	errDenied       = errors.New("denied")
)

// decision is an authorizer's answer in either form. It is what the cache keeps:
// on REST APIs the policy, which is evaluated anew for every request.
type decision struct {
	IsAuthorized *bool          `json:"isAuthorized"`
	PrincipalID  string         `json:"principalId"`
	Policy       *policy        `json:"policyDocument"`
	Context      map[string]any `json:"context"`

	// Of AppSync alone.
	ResolverContext map[string]any `json:"resolverContext"`
	TTLOverride     *int           `json:"ttlOverride"`
}

// authorize asks the route's authorizer, or its cache, and adds its context to the
// request.
func (s *standIn) authorize(ctx context.Context, r *request) error {
	if r.route.Authorizer == "" {
		return nil
	}
	a := r.api.authorizer(r.route.Authorizer)
	identity, ok := r.identity(a)
	if !ok {
		return errUnauthorized // without asking: a missing identity source
	}
	key := r.api.Name + "\x00" + a.Name + "\x00" + strings.Join(identity, "\x00")
	d, cached := s.results.get(key, r.time)
	if !cached {
		var err error
		if d, err = s.ask(ctx, r, a, identity); err != nil {
			return err
		}
		s.results.put(key, d, r.time, d.kept(r.api.Kind, a))
	}
	r.authorizer, r.principal = d.Context, d.PrincipalID
	if r.api.Kind == GraphQL {
		r.authorizer = d.ResolverContext
	}
	allowed, err := d.allows(r, a)
	if err != nil {
		return err
	}
	if !allowed {
		return errDenied
	}
	if r.authorizer == nil {
		r.authorizer = map[string]any{}
	}
	return nil
}

// kept is for how long the decision is.
func (d decision) kept(kind Kind, a Authorizer) time.Duration {
	switch {
	case kind == WebSocket: // for as long as the connection, and for nobody else
		return 0
	case kind == GraphQL && d.TTLOverride != nil:
		return time.Duration(*d.TTLOverride) * time.Second
	}
	return time.Duration(a.TTL) * time.Second
}

// ask invokes the authorizer's function. Failing with the text Unauthorized is its
// way to say 401.
func (s *standIn) ask(ctx context.Context, r *request, a Authorizer, identity []string) (decision, error) {
	ctx, cancel := context.WithTimeout(ctx, authorizerTimeout)
	defer cancel()
	var event any
	switch {
	case r.api.Kind == WebSocket:
		event = r.connectAuthorizerEvent()
	case r.api.Kind == GraphQL:
		event = r.graphQLAuthorizerEvent(identity[0])
	case a.Type == "TOKEN":
		event = tokenEvent{Type: "TOKEN", AuthorizationToken: identity[0], MethodARN: r.arn()}
	case r.api.Kind == HTTP && a.Format == "2.0":
		event = r.httpAuthorizerEvent(identity)
	case r.api.Kind == HTTP:
		event = r.restAuthorizerEvent("1.0", identity)
	default:
		event = r.restAuthorizerEvent("", identity)
	}
	answer, err := s.invoke(ctx, a.Function, r.id, event)
	if err != nil && err.Error() == errUnauthorized.Error() {
		return decision{}, errUnauthorized
	}
	if err != nil {
		return decision{}, fmt.Errorf("authorizer: %w", err)
	}
	var d decision
	if err := json.Unmarshal(answer, &d); err != nil {
		return decision{}, fmt.Errorf("authorizer's answer: %w", err)
	}
	return d, nil
}

// allows reads the decision for this request. A REST API accepts flat context
// values only and fails the request otherwise.
func (d decision) allows(r *request, a Authorizer) (bool, error) {
	if a.Simple || r.api.Kind == GraphQL {
		if d.IsAuthorized == nil {
			return false, errors.New("authorizer's answer: isAuthorized is missing")
		}
		return *d.IsAuthorized, nil
	}
	if d.PrincipalID == "" || d.Policy == nil {
		return false, errors.New("authorizer's answer: principalId or policyDocument is missing")
	}
	if r.api.Kind == REST || r.api.Kind == WebSocket {
		for name, value := range d.Context {
			switch value.(type) {
			case string, float64, bool:
			default:
				return false, fmt.Errorf("authorizer's answer: context value %s is not flat", name)
			}
		}
	}
	return d.Policy.allows(r.arn()), nil
}

// identity collects the identity sources; ok is false when one is missing.
func (r *request) identity(a Authorizer) (values []string, ok bool) {
	for _, source := range a.IdentitySource {
		value := strings.Join(r.Header.Values(source), ",")
		if name, parameter := strings.CutPrefix(source, "?"); parameter {
			value = r.URL.Query().Get(name)
		}
		switch source {
		case "$httpMethod":
			value = r.Method
		case "$path":
			value = r.URL.Path
		case "$routeKey":
			value = r.routeKey()
		}
		if value == "" {
			return nil, false
		}
		values = append(values, value)
	}
	return values, true
}

func (a API) authorizer(name string) Authorizer {
	for _, authorizer := range a.Authorizers {
		if authorizer.Name == name {
			return authorizer
		}
	}
	return Authorizer{}
}
