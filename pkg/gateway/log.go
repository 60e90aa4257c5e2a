package gateway

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// NewLogger writes JSON lines of the level and above, each with its invocation's
// trace id. The level is a word that config has checked. A line with an attribute
// metric is counted by CloudWatch under that name (the embedded metric format): no
// call, no permission. Where it has them, it is counted by door and outcome, and
// its duration_ms, keys_age_s and keys_refreshes are measured.
func NewLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // an unknown word leaves info
	out := &lines{out: w}
	return slog.New(traced{slog.NewJSONHandler(out, &slog.HandlerOptions{Level: l}), out})
}

// traced adds to a record what its context and its attributes call for.
type traced struct {
	slog.Handler
	out *lines
}

func (t traced) Handle(ctx context.Context, record slog.Record) error {
	if id := TraceID(ctx); id != "" {
		record = record.Clone()
		record.AddAttrs(slog.String("trace_id", id))
	}
	count := embedded{now: record.Time}
	record.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "metric":
			count.name = a.Value.String()
		case "door":
			count.byDoor = true
		case "duration_ms":
			count.timed = true
		case "keys_age_s":
			count.keys = true
		}
		return true
	})
	t.out.mu.Lock()
	defer t.out.mu.Unlock()
	t.out.more = t.out.more[:0]
	if count.name != "" {
		t.out.more = count.append(t.out.more)
	}
	return t.Handler.Handle(ctx, record)
}

func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traced{t.Handler.WithAttrs(attrs), t.out}
}

func (t traced) WithGroup(name string) slog.Handler { return traced{t.Handler.WithGroup(name), t.out} }

// root returns the trace's own id of an X-Ray header such as
// Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1.
func root(header string) string {
	for field := range strings.SplitSeq(header, ";") {
		if id, ok := strings.CutPrefix(strings.TrimSpace(field), "Root="); ok {
			return id
		}
	}
	return header
}

func requestID(ctx context.Context) string {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		return invocation.AwsRequestID
	}
	return ""
}
