// Package journal answers "who came, and what came of it?": one line a request, the
// same from every door. It has no place for a token, a code, a secret or a password.
package journal

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Entry is what a door tells of its visitor.
type Entry struct {
	Door    string
	Began   time.Time
	Grant   oauth.GrantType
	Client  string
	Subject string

	// Reference is the number that a page showed, by which an operator finds the line.
	Reference string
}

// Record writes one line: who, what, outcome, reason, how long. The same line is
// counted by CloudWatch: see gateway.NewLogger. failure is nil when all went well.
func Record(ctx context.Context, log *slog.Logger, e Entry, now time.Time, failure *oauth.Error) {
	level, outcome := slog.LevelInfo, "ok"
	attributes := make([]slog.Attr, 0, 10)
	if failure != nil {
		outcome = string(failure.Code)
		if failure.Code.Ours() {
			level = slog.LevelError
		}
		attributes = append(attributes, slog.String("reason", failure.Error()))
	}
	attributes = append(attributes, slog.String("metric", "Requests"),
		slog.String("door", e.Door), slog.String("outcome", outcome),
		slog.Float64("duration_ms", float64(now.Sub(e.Began).Microseconds())/1000))
	if e.Grant != "" {
		attributes = append(attributes, slog.String("grant_type", string(e.Grant)))
	}
	if e.Client != "" {
		attributes = append(attributes, slog.String("client_id", clip(e.Client)))
	}
	if e.Subject != "" {
		attributes = append(attributes, slog.String("sub_hash", pseudonym(e.Subject)))
	}
	if e.Reference != "" {
		attributes = append(attributes, slog.String("reference", e.Reference))
	}
	// As LogAttrs does, but without asking the stack who calls, which no line shows.
	if !log.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(now, level, "request", 0)
	record.AddAttrs(attributes...)
	_ = log.Handler().Handle(ctx, record) // logging never fails a request
}

// pseudonym lets one person's lines be found together without naming the person.
func pseudonym(subject string) string {
	sum := sha256.Sum256([]byte("ostiary log\x00" + subject))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}
