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

// TraceID returns the X-Ray trace of an invocation, else Lambda's request id, else
// "".
func TraceID(ctx context.Context) string {
	if header, _ := ctx.Value("x-amzn-trace-id").(string); header != "" { // aws-lambda-go's own key
		return root(header)
	}
	return requestID(ctx)
}
