package gateway_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/ostiary-auth/ostiary/pkg/gateway"
)

func TestLogLinesCarryTheTrace(t *testing.T) {
	//lint:ignore SA1029 the key is aws-lambda-go's
	traced := context.WithValue(t.Context(), "x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
	for name, c := range map[string]struct {
		ctx  context.Context
		want string
	}{
		"trace":                 {traced, `"trace_id":"1-5759e988-bd862e3fe1be46a994272793"`},
		"request id":            {lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "r1"}), `"trace_id":"r1"`},
		"trace of our own loop": {gateway.WithInvocation(t.Context(), "r1", "Root=1-2;Sampled=1"), `"trace_id":"1-2"`},
		"id of our own loop":    {gateway.WithInvocation(t.Context(), "r2", ""), `"trace_id":"r2"`},
	} {
		var out bytes.Buffer
		log := gateway.NewLogger(&out, "warn").With("function", "token")
		log.InfoContext(c.ctx, "below the level")
		log.WarnContext(c.ctx, "denied")
		if got := out.String(); !strings.Contains(got, c.want) || strings.Contains(got, "below") {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
