// Package faults answers "what if DynamoDB fails just here?": it counts the
// requests that a client sends, retries included, and spoils the n-th one, or that
// and every later one.
package faults

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
)

// A Plan spoils some of the requests of the clients it is attached to.
type Plan struct {
	fault       Fault
	first, last int

	mu         sync.Mutex
	operations []string // that were sent, in order
	spoiled    int
}

// None only counts.
func None() *Plan { return &Plan{first: math.MaxInt} }

// Nth spoils the n-th request, the first being 1.
func Nth(n int, fault Fault) *Plan { return &Plan{fault: fault, first: n, last: n} }

// From spoils the n-th request and all after it: an outage.
func From(n int, fault Fault) *Plan { return &Plan{fault: fault, first: n, last: math.MaxInt} }

// Attach returns cfg for clients under the plan.
func (p *Plan) Attach(cfg aws.Config) aws.Config {
	cfg = cfg.Copy()
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], func(stack *middleware.Stack) error {
		// After the retries: each attempt is a request.
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("faults", p.handle), "Retry", middleware.After)
	})
	return cfg
}

// Operations are those that were requested so far, in order.
func (p *Plan) Operations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.operations...)
}

// Spoiled is how many requests were spoiled. It stays zero when a flow has fewer
// than n of them, or none that can fail in this way.
func (p *Plan) Spoiled() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spoiled
}

// String names the plan for a subtest.
func (p *Plan) String() string {
	switch p.last {
	case p.first:
		return fmt.Sprintf("%s at %d", p.fault.name, p.first)
	case math.MaxInt:
		return fmt.Sprintf("%s from %d", p.fault.name, p.first)
	}
	return "no fault"
}

// handle is the middleware.
func (p *Plan) handle(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
	operation := awsmiddleware.GetOperationName(ctx)
	if !p.spoils(operation) {
		return next.HandleFinalize(ctx, in)
	}
	if p.fault.after {
		if out, metadata, err = next.HandleFinalize(ctx, in); err != nil {
			return out, metadata, err
		}
		out = middleware.FinalizeOutput{}
	}
	return out, metadata, p.fault.fail(ctx, operation)
}

// spoils counts the request and reports whether it is to be spoiled.
func (p *Plan) spoils(operation string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.operations = append(p.operations, operation)
	n := len(p.operations)
	if n < p.first || n > p.last || p.fault.writesOnly && !isWrite(operation) {
		return false
	}
	p.spoiled++
	return true
}
