package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
)

func table(t testing.TB) store.Table {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db.Table("audit")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// trail is a trail in a fresh table, and what it logs.
func trail(t testing.TB) (*audit.Trail, store.Table, *bytes.Buffer) {
	t.Helper()
	events, lines := table(t), &bytes.Buffer{}
	return audit.New(events, slog.New(slog.NewJSONHandler(lines, nil)), audit.Options{Retention: 24 * time.Hour}), events, lines
}

// broken is a table that nobody can write.
type broken struct{ store.Table }

func (broken) Write(context.Context, ...store.Change) error { return store.ErrUnavailable }

func TestTheNilTrailRecordsNothing(t *testing.T) {
	var none *audit.Trail
	none.Record(t.Context(), audit.Event{Kind: audit.UserCreated})
	if err := none.Announce(t.Context(), audit.Event{}); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestAnEventThatCannotBeKeptIsOneLineOfTheLogWithAllItsFields(t *testing.T) {
	var lines bytes.Buffer
	tr := audit.New(broken{}, slog.New(slog.NewJSONHandler(&lines, nil)), audit.Options{})
	ctx := audit.WithOrigin(t.Context(), audit.Origin{Actor: audit.Administrator("root"), Address: "192.0.2.7", UserAgent: "Browser/1"})
	tr.Record(ctx, audit.Event{Kind: audit.UserDisabled, Subject: "alice", Client: "app", Reason: "asked for"})
	if got := strings.Count(lines.String(), "\n"); got != 1 {
		t.Fatalf("got %d lines:\n%s", got, lines.String())
	}
	var line struct {
		Level, Metric string
		Event         audit.Event
	}
	must(t, json.Unmarshal(lines.Bytes(), &line))
	e := line.Event
	if line.Level != "ERROR" || line.Metric != "AuditLost" || e.ID == "" || e.Time.IsZero() || e.Kind != audit.UserDisabled ||
		e.Subject != "alice" || e.Client != "app" || e.Reason != "asked for" || e.Actor != audit.Administrator("root") ||
		e.Address != "192.0.2.7" || e.UserAgent != "Browser/1" || e.Outcome != audit.Succeeded {
		t.Errorf("got %+v", line)
	}
}

func TestWhatAdministratorsChangeWaitsForTheTrail(t *testing.T) {
	err := audit.New(broken{}, slog.New(slog.DiscardHandler), audit.Options{}).Announce(t.Context(), audit.Event{Object: "PATCH /users/1"})
	if !oauth.TemporarilyUnavailable.In(err) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	tr, _, _ := trail(t)
	must(t, tr.Announce(t.Context(), audit.Event{Object: "PATCH /users/1"}))
}

func TestAVisitorWhoHangsUpDoesNotStopTheEvent(t *testing.T) {
	tr, _, lines := trail(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tr.Record(ctx, audit.Event{Kind: audit.SignInFailed, Subject: "alice"})
	if lines.Len() > 0 {
		t.Errorf("got %s", lines.String())
	}
}
