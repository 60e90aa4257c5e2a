package gateway

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// NewLogger writes JSON lines of the level and above, each with its invocation's
// trace id. The level is a word that config has checked. A line with an attribute
// metric is counted by CloudWatch under that name (the embedded metric format): no
// call, no permission. Where it has them, it is counted by door and outcome, and
// its duration_ms, keys_age_s and
// keys_refreshes are measured.
func NewLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // an unknown word leaves info
	return slog.New(traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})})
}

// traced adds to a record what its context and its attributes call for.
type traced struct{ slog.Handler }

func (t traced) Handle(ctx context.Context, record slog.Record) error {
	more := make([]slog.Attr, 0, 3)
	if id := TraceID(ctx); id != "" {
		more = append(more, slog.String("trace_id", id))
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
	if count.name != "" {
		more = append(more, slog.Any("_aws", count), slog.Int(count.name, 1))
	}
	if len(more) > 0 {
		record = record.Clone()
		record.AddAttrs(more...)
	}
	return t.Handler.Handle(ctx, record)
}

func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{t.Handler.WithAttrs(attrs)} }

func (t traced) WithGroup(name string) slog.Handler { return traced{t.Handler.WithGroup(name)} }

// embedded is the envelope that makes CloudWatch read metrics from a line.
type embedded struct {
	name          string
	now           time.Time
	byDoor, timed bool
	keys          bool // a line with the state of fetched keys
}

// MarshalJSON is called for every request, so it writes by hand.
func (e embedded) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 256), `{"Timestamp":`...)
	b = strconv.AppendInt(b, e.now.UnixMilli(), 10)
	b = append(b, `,"CloudWatchMetrics":[{"Namespace":"Ostiary","Dimensions":[[`...)
	if e.byDoor {
		b = append(b, `"door","outcome"`...)
	}
	b = append(b, `]],"Metrics":[{"Name":`...)
	name, err := json.Marshal(e.name)
	b = append(append(b, name...), `,"Unit":"Count"}`...)
	if e.timed {
		b = append(b, `,{"Name":"duration_ms","Unit":"Milliseconds"}`...)
	}
	if e.keys {
		b = append(b, `,{"Name":"keys_age_s","Unit":"Seconds"},{"Name":"keys_refreshes","Unit":"Count"}`...)
	}
	return append(b, `]}]}`...), err
}

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
