package endpoint

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// TokenHook returns what asks TOKEN_HOOK_URI or TOKEN_HOOK_FUNCTION before tokens are
// made, nothing where there is neither. invoke is what invokes the function; nil where
// there are no functions.
func TokenHook(cfg config.Config, log *slog.Logger, invoke func(context.Context, []byte) ([]byte, error)) (issue.TokenHook, error) {
	ask := invoke
	switch {
	case cfg.TokenHookURI != "":
		client := fetch.ForIssuer(cfg.Issuer)
		ask = func(ctx context.Context, question []byte) ([]byte, error) {
			status, answer, err := client.CallHook(ctx, cfg.TokenHookURI, cfg.TokenHookSecret, json.RawMessage(question))
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("it answered with status %d", status)
			}
			return answer, err
		}
	case cfg.TokenHookFunction == "":
		return issue.TokenHook{}, nil
	case invoke == nil:
		return issue.TokenHook{}, config.Faults{"TOKEN_HOOK_FUNCTION is for the deployed provider; here a hook has a TOKEN_HOOK_URI"}
	}
	hook := issue.TokenHook{Ask: func(ctx context.Context, q issue.TokenQuestion) (issue.TokenAnswer, error) {
		answer, err := askTokenHook(ctx, cfg, q, ask)
		if err != nil {
			err = fmt.Errorf("token hook: %w", err)
		}
		return answer, err
	}}
	if cfg.TokenHookFailure == config.FailOpen {
		hook.FailOpen = func(ctx context.Context, err error) {
			log.WarnContext(ctx, "tokens were made without what the hook would say", "err", err)
		}
	}
	return hook, nil
}

func askTokenHook(ctx context.Context, cfg config.Config, q issue.TokenQuestion, ask func(context.Context, []byte) ([]byte, error)) (issue.TokenAnswer, error) {
	question, err := json.Marshal(q)
	if err != nil {
		return issue.TokenAnswer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.TokenHookTimeout)
	defer cancel()
	answer, err := ask(ctx, question)
	if err != nil {
		return issue.TokenAnswer{}, err
	}
	return issue.ParseTokenAnswer(answer)
}
