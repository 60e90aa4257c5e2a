package gateway

import (
	"context"
	"net/http"
)

type authorizerKey struct{}

// AuthorizerContext returns what the API's Lambda authorizer said about the
// request: nil when there was none. It comes from the event's request context,
// which a caller cannot write. REST APIs make every value a string.
func AuthorizerContext(r *http.Request) map[string]any {
	added, _ := r.Context().Value(authorizerKey{}).(map[string]any)
	return added
}

type invocationKey struct{}

type invocation struct{ id, trace string }

// WithInvocation says of which invocation a context is: Lambda's request id and
// X-Ray's header, either of which may be empty.
func WithInvocation(ctx context.Context, id, trace string) context.Context {
	return context.WithValue(ctx, invocationKey{}, invocation{id, trace})
}

// TraceID returns the X-Ray trace of an invocation, else Lambda's request id, else
// "".
func TraceID(ctx context.Context) string {
	i, ours := ctx.Value(invocationKey{}).(invocation)
	if !ours {
		i.trace, _ = ctx.Value("x-amzn-trace-id").(string) // aws-lambda-go's own key
		i.id = requestID(ctx)
	}
	if i.trace != "" {
		return root(i.trace)
	}
	return i.id
}
