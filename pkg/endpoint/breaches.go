package endpoint

import (
	"context"
	"log/slog"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// breachTimeout is how long somebody who chooses a password waits for the list.
const breachTimeout = time.Second

// Breaches returns what asks PASSWORD_BREACH_URI for leaked passwords, nil where
// PASSWORD_BREACH_CHECK is off. What goes wrong is logged, and is no answer: an outage
// elsewhere keeps nobody from choosing a password.
func Breaches(cfg config.Config, log *slog.Logger) (identity.Breaches, error) {
	if cfg.PasswordBreachCheck != "on" {
		return nil, nil
	}
	client := fetch.ForIssuer(cfg.Issuer)
	return func(ctx context.Context, prefix string) string {
		asking, cancel := context.WithTimeout(ctx, breachTimeout)
		defer cancel()
		answer, err := client.GetPadded(asking, cfg.PasswordBreachURI+prefix)
		if err != nil {
			log.WarnContext(ctx, "a password was taken without asking PASSWORD_BREACH_URI", "err", err)
		}
		return string(answer.Body)
	}, nil
}
