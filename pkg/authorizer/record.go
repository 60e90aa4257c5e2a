package authorizer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// metrics are what CloudWatch counts a line under: see gateway.NewLogger.
var metrics = [...]string{Failed: "AuthorizerFailures", Unauthorized: "Unauthorized", Denied: "Denied", Allowed: "Allowed"}

// record writes the one line of a request: how it was decided, why, and for how
// long. It never has the token, and of the subject a hash.
func (a *Authorizer) record(ctx context.Context, start time.Time, kind string, v Verdict) {
	level, text := slog.LevelInfo, "not authorized"
	switch v.Outcome {
	case Failed:
		level = slog.LevelError
	case Allowed:
		text = "authorized"
	}
	if !a.log.Enabled(ctx, level) {
		return
	}
	now := a.now()
	line := slog.NewRecord(now, level, text, 0)
	line.AddAttrs(
		slog.String("metric", metrics[v.Outcome]), slog.String("door", "authorizer"), slog.String("outcome", outcome(v)),
		slog.Float64("duration_ms", float64(now.Sub(start).Microseconds())/1000))
	if a.keysState != nil {
		oldest, tries := a.keysState()
		line.AddAttrs(slog.Float64("keys_age_s", oldest.Round(time.Second).Seconds()),
			slog.Int64("keys_refreshes", int64(tries)-a.reported.Swap(int64(tries))))
	}
	if kind != "" {
		line.AddAttrs(slog.String("event", kind))
	}
	if v.Reason != nil {
		line.AddAttrs(slog.String("err", v.Reason.Error()))
	}
	if !anonymous(v.Token) {
		subject := sha256.Sum256([]byte(v.Token.Subject))
		line.AddAttrs(slog.String("client", v.Token.ClientID), slog.String("subject", hex.EncodeToString(subject[:8])))
	}
	_ = a.log.Handler().Handle(ctx, line) // logging never fails a request: F34
}

// outcome is why, in a word of the specifications: metrics are told apart by it.
func outcome(v Verdict) string {
	if v.Reason == nil {
		return v.Outcome.String()
	}
	return string(oauth.AsError(v.Reason).Code)
}
