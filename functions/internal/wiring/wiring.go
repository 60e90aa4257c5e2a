// Package wiring joins, for the functions that serve the provider, the parts that
// all of them need. It is their common half of main.
package wiring

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

// Serve answers Lambda invocations by the doors that it chooses of the provider
// which the environment describes. It does not return.
func Serve(doors func(*endpoint.Provider) http.Handler) {
	p := Open()
	p.Start(doors(p.provider()))
}

// jobMargin is what a job is left to bring to its end what it has begun.
const jobMargin = 5 * time.Second

// Schedule does a job of the provider of the parts, when it has what it needs for that,
// at every invocation, whatever the event says: it comes from a schedule or a table's
// stream. It does not return.
func Schedule[T any](p Parts, ready func(*endpoint.Provider) *endpoint.Provider, job func(*endpoint.Provider, context.Context) (T, error)) {
	provider := ready(p.provider())
	lambda.Start(func(ctx context.Context) (T, error) {
		if deadline, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-min(jobMargin, time.Until(deadline)/2)))
			defer cancel()
		}
		return job(provider, ctx)
	})
}

func (p Parts) provider() *endpoint.Provider {
	provider, err := endpoint.New(p.Parts, p.Log)
	gateway.Check(err)
	return provider
}
