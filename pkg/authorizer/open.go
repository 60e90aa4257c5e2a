package authorizer

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ostiary-auth/ostiary/pkg/config"
)

// Open returns the authorizer of the settings. It fetches what it needs to know now,
// so that no request waits for it. What cannot be kept is config.Faults.
func Open(ctx context.Context, s Settings, secrets Secrets, log *slog.Logger) (*Authorizer, error) {
	a, err := New(s, nil, log)
	tokens, problem := openIssuers(ctx, s, secrets, log)
	var faults, more config.Faults
	switch {
	case errors.As(err, &faults) && errors.As(problem, &more): // all of them at once
		return nil, append(faults, more...)
	case err != nil:
		return nil, err
	case problem != nil:
		return nil, problem
	}
	a.tokens = tokens
	if len(tokens.fetched) > 0 {
		a.keysState = tokens.keysState
	}
	return a, nil
}
