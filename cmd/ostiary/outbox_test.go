package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/outbox"
)

func TestOutboxCommands(t *testing.T) {
	data, sids := signedInFolder(t)
	_, err := ostiary(t, "session", "revoke", "alice", sids[0], "--data", data)
	check(t, err)
	b, err := (&app{data: data, err: t.Output()}).open(t.Context())
	check(t, err)
	var id string
	_, err = outbox.Open(b.state).Drain(t.Context(), func(_ context.Context, m outbox.Message) error {
		id = m.ID
		return fmt.Errorf("client app answered \x1b[31m: %w", outbox.ErrFinal)
	})
	check(t, err)
	check(t, b.close())

	out, err := ostiary(t, "outbox", "dead", "--data", data)
	check(t, err)
	if !strings.Contains(out, id) || !strings.Contains(out, "client app answered") || strings.Contains(out, "\x1b") {
		t.Errorf("got %q", out)
	}
	if _, err := ostiary(t, "outbox", "retry", "ABC", "--data", data); err == nil {
		t.Error("a message that is not there is retried")
	}
	_, err = ostiary(t, "outbox", "retry", id, "--data", data)
	check(t, err)
	if n := waiting(t, data); n != 1 {
		t.Errorf("got %d messages, want 1", n)
	}
	if out, err := ostiary(t, "outbox", "dead", "--json", "--data", data); err != nil || strings.TrimSpace(out) != "[]" {
		t.Errorf("got %s %v", out, err)
	}
}
