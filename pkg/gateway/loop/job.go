package loop

import (
	"context"
	"encoding/json"
	"log/slog"
)

// Job is a Handler that does the same whatever the event says, because it comes from a
// schedule or a stream that only wakes it. What the job returns is the answer, as JSON;
// its error is written into the log as well, for nobody reads the answer.
func Job[T any](log *slog.Logger, do func(context.Context) (T, error)) Handler {
	return job(func(ctx context.Context) ([]byte, error) {
		report, err := do(ctx)
		if err != nil {
			log.ErrorContext(ctx, "the job failed", "err", err)
			return nil, err
		}
		return json.Marshal(report)
	})
}

type job func(context.Context) ([]byte, error)

func (j job) Invoke(ctx context.Context, _ []byte) ([]byte, error) { return j(ctx) }
