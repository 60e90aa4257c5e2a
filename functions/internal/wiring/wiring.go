// Package wiring joins, for the functions that serve the provider, the parts that
// all of them need. It is their common half of main.
package wiring

import (
	"context"
	"net/http"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/gateway/loop"
)

// Serve answers Lambda invocations by the doors that it chooses of the provider
// which the environment describes. It does not return.
func Serve(doors func(*endpoint.Provider) http.Handler) {
	Open().Serve(doors)
}

// Serve is Serve of these parts.
func (p Parts) Serve(doors func(*endpoint.Provider) http.Handler) { p.Start(doors(p.provider())) }

// WithTokenHook has the operator's hook asked before tokens are made, for the function
// that makes them: open returns what invokes a Lambda function.
func (p Parts) WithTokenHook(open func(function string) (func(context.Context, []byte) ([]byte, error), error)) Parts {
	var invoke func(context.Context, []byte) ([]byte, error)
	if function := p.Config.TokenHookFunction; function != "" {
		var err error
		invoke, err = open(function)
		gateway.Check(err)
	}
	hook, err := endpoint.TokenHook(p.Config, p.Log, invoke)
	gateway.Check(err)
	p.Issuer.HookTokens(hook)
	return p
}

// jobMargin is what a job is left to bring to its end what it has begun.
const jobMargin = 5 * time.Second

// Schedule does a job of the provider of the parts, when it has what it needs for that,
// at every invocation, whatever the event says: it comes from a schedule or a table's
// stream. It does not return.
func Schedule[T any](p Parts, ready func(*endpoint.Provider) *endpoint.Provider, job func(*endpoint.Provider, context.Context) (T, error)) {
	provider := ready(p.provider())
	loop.Start(loop.Job(p.Log, func(ctx context.Context) (T, error) {
		if deadline, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-min(jobMargin, time.Until(deadline)/2)))
			defer cancel()
		}
		return job(provider, ctx)
	}))
}

func (p Parts) provider() *endpoint.Provider {
	provider, err := endpoint.New(p.Parts, p.Log)
	gateway.Check(err)
	return provider
}
