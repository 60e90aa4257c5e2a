// Package gateway answers "what did the gateway hand us, and what does it want
// back?": Lambda payloads of API Gateway, Function URLs and load balancers to and
// from net/http. What it says about the caller comes from the event's request
// context and never from a header, because headers are the caller's to choose.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// reserve is what a handler does not get of Lambda's deadline, so that it can
// still say that it ran out of time before it is killed.
const reserve = 500 * time.Millisecond

// Handler answers Lambda invocations by an http.Handler. It is a lambda.Handler
// and has no state, so that several invocations may run at once, as they do on
// Lambda Managed Instances.
type Handler struct {
	HTTP     http.Handler
	BasePath string       // removed from the front of the path: a stage, or a custom domain's mapping
	Log      *slog.Logger // slog.Default() when nil
}

// errAuthorizerEvent is a wiring mistake: it must show as a failed invocation and
// not as a 404 that nobody can explain (aws-lambda-go issue 517).
var errAuthorizerEvent = errors.New("gateway: this is an authorizer's event, and the function answers HTTP requests")

// Invoke answers one event. An event that cannot be an HTTP request is an error,
// for it means that the function is wired to the wrong trigger; a broken HTTP
// request is 400; a panic is 500 (the runtime would end the process).
func (h Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	e, err := decode(payload)
	if err != nil && e.flavour == unknown {
		h.log().ErrorContext(ctx, "event not recognised", "err", err)
		return nil, err
	}
	w := &recorder{header: http.Header{}}
	if err != nil {
		h.log().WarnContext(ctx, "event refused", "err", err)
		refuse(w, http.StatusBadRequest, "invalid_request")
		return w.answer(e)
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
	}
	r, err := e.request(ctx, h.BasePath)
	if err != nil {
		h.log().WarnContext(ctx, "request refused", "err", err)
		refuse(w, http.StatusBadRequest, "invalid_request")
		return w.answer(e)
	}
	if h.panics(w, r) {
		w = &recorder{header: http.Header{}}
		refuse(w, http.StatusInternalServerError, "server_error")
	}
	return w.answer(e)
}

// panics serves the request and reports whether the handler panicked.
func (h Handler) panics(w http.ResponseWriter, r *http.Request) (panicked bool) {
	defer func() {
		if v := recover(); v != nil {
			panicked = true
			h.log().ErrorContext(r.Context(), "panic",
				"metric", "Panics", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
	}()
	h.HTTP.ServeHTTP(w, r)
	return false
}

func (h Handler) log() *slog.Logger {
	if h.Log != nil {
		return h.Log
	}
	return slog.Default()
}

// refuse writes the JSON error of RFC 6749 §5.2, which every caller understands.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":%q}`, code)
}
