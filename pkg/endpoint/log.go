package endpoint

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// entry is what a door tells of its visitor, for the log. It has no place for a
// token, a secret or a password.
type entry struct {
	door    string
	began   time.Time
	grant   oauth.GrantType
	client  string
	subject string
}

// record writes one line a request: who, what, outcome, reason, how long. The
// same line is counted by CloudWatch: see gateway.NewLogger.
func (p *Provider) record(ctx context.Context, e entry, err error) {
	took := p.now().Sub(e.began)
	level, outcome := slog.LevelInfo, "ok"
	attributes := make([]slog.Attr, 0, 10)
	if err != nil {
		expected := issue.Expect(err)
		outcome = string(expected.Code)
		if expected.Code.Ours() {
			level = slog.LevelError
		}
		attributes = append(attributes, slog.String("reason", expected.Error()))
	}
	attributes = append(attributes, slog.String("metric", "Requests"),
		slog.String("door", e.door), slog.String("outcome", outcome), slog.Float64("duration_ms", float64(took.Microseconds())/1000))
	if e.grant != "" {
		attributes = append(attributes, slog.String("grant_type", string(e.grant)))
	}
	if e.client != "" {
		attributes = append(attributes, slog.String("client_id", clip(e.client)))
	}
	if e.subject != "" {
		attributes = append(attributes, slog.String("sub_hash", pseudonym(e.subject)))
	}
	p.log.LogAttrs(ctx, level, "request", attributes...)
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
