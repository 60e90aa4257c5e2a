// Package loop answers "what does Lambda want done?": it fetches invocations over the
// Runtime API, has them handled one after the other, and takes back what came of
// them. It does for a handler of bytes what aws-lambda-go does, over one connection
// and without an HTTP client's pool, proxies and timers, which are a good part of what
// a small function costs to be started and to be asked. It never touches an event.
package loop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

// Handler turns an event into an answer. The text of its error is what API Gateway
// reads. It must be safe for concurrent use. A panic ends the process, and the next
// invocation pays for another's start.
type Handler interface {
	Invoke(ctx context.Context, event []byte) ([]byte, error)
}

// Start handles invocations, as many at a time as Lambda asks for. It does not
// return: when the Runtime API is gone the process has nothing left to do.
func Start(h Handler) {
	api := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	if api == "" {
		gateway.Check(errors.New("AWS_LAMBDA_RUNTIME_API is not set: this program is run by Lambda, or by `ostiary invoke`"))
	}
	ended := make(chan error)
	for range lambdacontext.MaxConcurrency() { // of managed instances; 1 elsewhere
		go func() { ended <- Run(context.Background(), api, h) }()
	}
	gateway.Check(<-ended)
}

// Run handles one invocation after the other until the Runtime API at the address,
// host:port, cannot be reached.
func Run(ctx context.Context, api string, h Handler) error {
	c := &connection{address: api}
	defer c.close()
	for {
		next, event, err := c.exchange("GET", "/2018-06-01/runtime/invocation/next", nil)
		if err != nil {
			return fmt.Errorf("fetch the next invocation: %w", err)
		}
		if next.StatusCode != http.StatusOK {
			return fmt.Errorf("fetch the next invocation: %s", next.Status)
		}
		if err := answer(ctx, c, h, next.Header, event); err != nil {
			return err
		}
	}
}

// answer handles an event and takes back what came of it.
func answer(ctx context.Context, c *connection, h Handler, header http.Header, event []byte) error {
	id := header.Get("Lambda-Runtime-Aws-Request-Id")
	result, err := handle(ctx, h, header, event)
	path, body := "/response", result
	if err != nil {
		path = "/error"
		body, _ = json.Marshal(map[string]string{"errorMessage": err.Error(), "errorType": "Error"}) // never fails
	}
	response, text, err := c.exchange("POST", "/2018-06-01/runtime/invocation/"+id+path, body)
	if err != nil {
		return fmt.Errorf("answer an invocation: %w", err)
	}
	if response.StatusCode != http.StatusAccepted { // of this invocation only: the next may do better
		slog.Error("the answer was not accepted", "status", response.StatusCode, "reason", string(text[:min(len(text), 200)]))
	}
	return nil
}

func handle(ctx context.Context, h Handler, header http.Header, event []byte) ([]byte, error) {
	milliseconds, err := strconv.ParseInt(header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	if err != nil {
		return nil, errors.New("the invocation has no deadline")
	}
	ctx, cancel := context.WithDeadline(ctx, time.UnixMilli(milliseconds))
	defer cancel()
	trace := header.Get("Lambda-Runtime-Trace-Id")
	if lambdacontext.MaxConcurrency() == 1 {
		_ = os.Setenv("_X_AMZN_TRACE_ID", trace) // the SDK sends it on, and Lambda finds circles by it
	}
	ctx = gateway.WithInvocation(ctx, header.Get("Lambda-Runtime-Aws-Request-Id"), trace)
	return h.Invoke(ctx, event)
}
