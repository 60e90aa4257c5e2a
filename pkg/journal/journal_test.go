package journal_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestRecord(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	entry := journal.Entry{
		Door: "token", Began: now.Add(-1500 * time.Microsecond), Grant: oauth.Password,
		Client: strings.Repeat("c", 100), Subject: "alice", Reference: "ABCD-EFGH",
	}
	for name, c := range map[string]struct {
		failure   *oauth.Error
		want, not []string
	}{
		"all went well": {nil, []string{"level=INFO", "outcome=ok", "duration_ms=1.5", "reference=ABCD-EFGH", "grant_type=password"}, []string{"reason"}},
		"the visitor's fault": {
			oauth.InvalidGrant.Errorf("wrong: %w", errors.New("the cause")), []string{"level=INFO", "outcome=invalid_grant", "the cause"}, nil,
		},
		"ours":                         {oauth.ServerError.Errorf("broken"), []string{"level=ERROR", "outcome=server_error"}, nil},
		"a person is a pseudonym":      {nil, []string{"sub_hash="}, []string{"alice"}},
		"what a stranger chose is cut": {nil, []string{strings.Repeat("c", 64) + "..."}, []string{strings.Repeat("c", 65)}},
	} {
		var line bytes.Buffer
		journal.Record(t.Context(), slog.New(slog.NewTextHandler(&line, nil)), entry, now, c.failure)
		for _, want := range c.want {
			if !strings.Contains(line.String(), want) {
				t.Errorf("%s: no %s in %s", name, want, &line)
			}
		}
		for _, not := range c.not {
			if strings.Contains(line.String(), not) {
				t.Errorf("%s: %s in %s", name, not, &line)
			}
		}
	}
}
