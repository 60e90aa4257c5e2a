package faults

import (
	"context"
	"net"
	"net/http"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A Fault is one way to spoil a request.
type Fault struct {
	name       string
	after      bool // the request is carried out first
	writesOnly bool
	fail       func(ctx context.Context, operation string) error
}

// String names the fault.
func (f Fault) String() string { return f.name }

// All is one fault of each kind that passes by itself.
func All() []Fault {
	return []Fault{Throttle("ThrottlingException"), Conflict(), Internal(), Before(), After()}
}

// Throttle refuses the request with an error code such as ThrottlingException.
func Throttle(code string) Fault {
	return Fault{name: code, fail: func(context.Context, string) error {
		return answered(http.StatusBadRequest, &smithy.GenericAPIError{Code: code, Message: "slow down"})
	}}
}

// Conflict refuses a write because of another transaction on its items. Reads are
// never refused for that.
func Conflict() Fault {
	return Fault{name: "conflict", writesOnly: true, fail: func(_ context.Context, operation string) error {
		if operation == "TransactWriteItems" {
			return canceled("TransactionConflict")
		}
		return answered(http.StatusBadRequest, &types.TransactionConflictException{})
	}}
}

// Canceled refuses a transaction for these reasons.
func Canceled(codes ...string) Fault {
	return Fault{name: "canceled", writesOnly: true, fail: func(context.Context, string) error {
		return canceled(codes...)
	}}
}

func canceled(codes ...string) error {
	var reasons []types.CancellationReason
	for _, code := range codes {
		reasons = append(reasons, types.CancellationReason{Code: aws.String(code)})
	}
	return answered(http.StatusBadRequest, &types.TransactionCanceledException{CancellationReasons: reasons})
}

// Internal answers 500 and does nothing.
func Internal() Fault {
	return Fault{name: "internal error", fail: func(context.Context, string) error {
		return answered(http.StatusInternalServerError, &types.InternalServerError{})
	}}
}

// Refuse answers with an error that trying again does not mend.
func Refuse(code string) Fault {
	return Fault{name: code, fail: func(context.Context, string) error {
		return answered(http.StatusBadRequest, &smithy.GenericAPIError{Code: code, Message: "no"})
	}}
}

// Before breaks the connection before the request is carried out.
func Before() Fault { return Fault{name: "lost before", fail: reset} }

// After carries the request out and loses the answer.
func After() Fault { return Fault{name: "lost after", after: true, fail: reset} }

// Hang never answers.
func Hang() Fault {
	return Fault{name: "hang", fail: func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return &smithyhttp.RequestSendError{Err: ctx.Err()}
	}}
}

func reset(context.Context, string) error {
	return &smithyhttp.RequestSendError{Err: &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}}
}

// answered wraps an error as the SDK does what came with an HTTP status.
func answered(status int, err error) error {
	return &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      err,
	}
}

func isWrite(operation string) bool {
	switch operation {
	case "PutItem", "DeleteItem", "UpdateItem", "TransactWriteItems":
		return true
	}
	return false
}
