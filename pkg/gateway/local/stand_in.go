package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Limits of both kinds of API (GATEWAY §2.4).
const (
	maxHeaderBytes  = 10_240
	maxPayloadBytes = 6 << 20 // of a function's event and answer
)

// Invoker is a function: a lambda.Handler.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// standIn serves a table. See New.
type standIn struct {
	apis      []API
	functions map[string]Invoker
	log       *slog.Logger
	results   results
	now       func() time.Time
}

// New serves the table's APIs on one handler, the first API with a route for the
// request first. It refuses a table that names a function or an authorizer that is
// not there, or a result TTL over API Gateway's hour.
func New(apis []API, functions map[string]Invoker, log *slog.Logger) (http.Handler, error) {
	for _, api := range apis {
		for _, a := range api.Authorizers {
			if functions[a.Function] == nil {
				return nil, fmt.Errorf("local: authorizer %s needs function %s", a.Name, a.Function)
			}
			if a.TTL < 0 || a.TTL > 3600 || len(a.IdentitySource) == 0 {
				return nil, fmt.Errorf("local: authorizer %s needs an identity source and a TTL of 0 to 3600", a.Name)
			}
		}
		for _, route := range api.Routes {
			if functions[route.Function] == nil {
				return nil, fmt.Errorf("local: route %s %s needs function %s", route.Method, route.Path, route.Function)
			}
			if route.Authorizer != "" && api.authorizer(route.Authorizer).Name == "" {
				return nil, fmt.Errorf("local: route %s %s needs authorizer %s", route.Method, route.Path, route.Authorizer)
			}
		}
	}
	return &standIn{apis: apis, functions: functions, log: log, now: time.Now}, nil
}

// ServeHTTP takes a request through its API: limits, authorizer, function.
func (s *standIn) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r, answer := s.route(hr)
	if r == nil {
		answer.send(w)
		return
	}
	if headerBytes(hr) > maxHeaderBytes {
		message(http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large").send(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, hr.Body, maxPayloadBytes))
	if errors.As(err, new(*http.MaxBytesError)) {
		message(http.StatusRequestEntityTooLarge, "Request Entity Too Large").send(w)
		return
	}
	if err != nil { // cut short, stalled, or chunks that are none
		message(http.StatusBadRequest, "Bad Request").send(w)
		return
	}
	r.body = body
	ctx, cancel := context.WithTimeout(hr.Context(), r.api.Kind.timeout())
	defer cancel()
	if err := s.authorize(ctx, r); err != nil {
		s.refusal(ctx, r, err).send(w)
		return
	}
	s.integrate(ctx, r).send(w)
}

// route finds the API and route of a request, or the answer of an API that has none.
func (s *standIn) route(hr *http.Request) (*request, response) {
	missing := message(http.StatusNotFound, "Not Found") // as an HTTP API says it
	for _, api := range s.apis {
		route, params, known := api.find(hr.Method, hr.URL.Path)
		if route.Function != "" {
			return newRequest(hr, api, route, params, s.now()), response{}
		}
		if known && api.Kind == REST {
			missing = message(http.StatusForbidden, "Missing Authentication Token")
		}
	}
	return nil, missing
}

// integrate invokes the route's function and reads its answer.
func (s *standIn) integrate(ctx context.Context, r *request) response {
	var event any
	switch r.api.Kind {
	case HTTP:
		event = r.httpEvent()
	case WebSocket:
		event = r.connectEvent()
	case GraphQL:
		event = r.resolverEvent()
	default:
		event = r.restEvent()
	}
	answer, err := s.invoke(ctx, r.route.Function, r.id, event)
	if err == nil {
		var response response
		if response, err = r.api.Kind.read(answer); err == nil {
			return response
		}
	}
	if errors.Is(err, errTooLarge) {
		return message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	}
	s.log.ErrorContext(ctx, "function failed", "function", r.route.Function, "request_id", r.id, "err", err)
	if errors.Is(err, context.DeadlineExceeded) {
		return r.api.Kind.timedOut()
	}
	return r.api.Kind.failed()
}

// errTooLarge is the caller's doing: the event is larger than Lambda takes, with the
// body in base64 perhaps, which adds a third.
var errTooLarge = errors.New("the event is too large")

// invoke calls a function with the event, no longer than ctx lasts.
func (s *standIn) invoke(ctx context.Context, function, id string, event any) ([]byte, error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxPayloadBytes {
		return nil, errTooLarge
	}
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: id})
	type outcome struct {
		answer []byte
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil { // the runtime reports a panic as a failed invocation
				done <- outcome{err: fmt.Errorf("panic: %v", v)}
			}
		}()
		answer, err := s.functions[function].Invoke(ctx, payload)
		done <- outcome{answer, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case o := <-done:
		if o.err == nil && len(o.answer) > maxPayloadBytes {
			return nil, fmt.Errorf("answer of %d bytes; Lambda takes %d", len(o.answer), maxPayloadBytes)
		}
		return o.answer, o.err
	}
}

// headerBytes counts the request line and the headers as they were sent.
func headerBytes(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("Host: \r\n") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			n += len(name) + len(value) + len(": \r\n")
		}
	}
	return n
}
