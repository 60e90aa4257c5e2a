package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
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

// Many write at once: what makes CloudWatch count a line is in that line and in no other,
// beside its attributes, also where those are a group's.
func TestOnlyCountedLinesAreCounted(t *testing.T) {
	var out bytes.Buffer
	log := gateway.NewLogger(&out, "info")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { log.WithGroup("g").Info("counted", "metric", "Requests", "path", `}"`) })
		all.Go(func() { log.With("function", "token").Info("not counted") })
	}
	all.Wait()
	counted := 0
	for line := range strings.Lines(out.String()) {
		var got struct {
			Message  string `json:"msg"`
			Function string
			G        struct{ Path string }
			Requests int
			AWS      struct{ CloudWatchMetrics []any } `json:"_aws"`
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if yes := got.G.Path == `}"`; yes != (got.Requests == 1) || yes != (len(got.AWS.CloudWatchMetrics) == 1) || yes == (got.Function == "token") {
			t.Errorf("got %s", line)
		}
		counted += got.Requests
	}
	if counted != 8 {
		t.Errorf("got %d of 8", counted)
	}
}
