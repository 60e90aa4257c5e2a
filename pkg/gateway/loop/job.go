package loop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Job is a Handler that does the same whatever the event says, because it comes from a
// schedule or a stream that only wakes it. What the job returns is the answer, as JSON;
// its error is written into the log as well, for nobody reads the answer. A panic is
// counted like one of a door, and ends this invocation alone.
func Job[T any](log *slog.Logger, do func(context.Context) (T, error)) Handler {
	return job(func(ctx context.Context) (answer []byte, err error) {
		defer func() {
			if v := recover(); v != nil {
				log.ErrorContext(ctx, "panic", "metric", "Panics", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				answer, err = nil, errors.New("the job panicked")
			}
		}()
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
