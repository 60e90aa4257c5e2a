// Package audit answers "what happened, who did it, and from where?": an append-only
// trail of security events in a table of its own. It has no place for a secret, and
// the rule that it writes down stands whether the trail can be written or not; only
// what administrators change waits for it, see Trail.Announce.
//
// What is not here: one event per access token. A refresh or a client's own token
// costs one write or none today, and would cost three more; who had which token is in
// the log line of its request.
package audit

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Trail is where events are kept. The nil Trail records nothing.
type Trail struct {
	table     store.Table // nil: the log has them
	retention time.Duration
	log       *slog.Logger
	trace     func(context.Context) string
	now       func() time.Time
}

// writeTime bounds how long an event may hold up who is waiting.
const writeTime = 5 * time.Second

// Options are what a Trail may be told besides.
type Options struct {
	// Retention is how long events are kept. Zero: for ever.
	Retention time.Duration

	// Trace names the request that a context belongs to, as the log does. May be nil.
	Trace func(context.Context) string
}

// New keeps events in the table, or in the log alone where it is nil. The log also has
// what the table would not take.
func New(table store.Table, log *slog.Logger, o Options) *Trail {
	if o.Trace == nil {
		o.Trace = func(context.Context) string { return "" }
	}
	return &Trail{table: table, retention: o.Retention, log: log, trace: o.Trace, now: time.Now}
}

// Open is New of the table that cfg names, which table opens; of the log alone where it
// names none. trace is Options.Trace.
func Open(cfg config.Config, table func(name string) store.Table, log *slog.Logger, trace func(context.Context) string) *Trail {
	var events store.Table
	if cfg.AuditTable != "" {
		events = table(cfg.AuditTable)
	}
	return New(events, log, Options{Retention: cfg.AuditRetention, Trace: trace})
}

// Record keeps an event. Who and where, as far as the event does not say, are what the
// context has: see WithOrigin. It never fails: where the table cannot be written, the
// whole event is one line of the log, of level ERROR, and counted as AuditLost.
func (t *Trail) Record(ctx context.Context, e Event) {
	if t == nil {
		return
	}
	e = t.complete(ctx, e)
	if t.table == nil {
		t.say(ctx, slog.LevelInfo, "audit", e)
		return
	}
	if err := t.write(ctx, e); err != nil {
		t.say(ctx, slog.LevelError, "audit event not kept", e, slog.String("metric", "AuditLost"), slog.Any("err", err))
	}
}

// Announce keeps the event that an administrator is about to change something. Where it
// cannot be kept the error is temporarily_unavailable, and the change must not be made:
// who could stop the trail could otherwise change everything unseen.
func (t *Trail) Announce(ctx context.Context, e Event) error {
	if t == nil {
		return nil
	}
	e.Kind, e.Outcome = cmp.Or(e.Kind, AdministrationAnnounced), Announced
	e = t.complete(ctx, e)
	if t.table == nil {
		t.say(ctx, slog.LevelInfo, "audit", e)
		return nil
	}
	if err := t.write(ctx, e); err != nil {
		return oauth.TemporarilyUnavailable.Errorf("nothing was changed, because the audit trail cannot be written: %w", err)
	}
	return nil
}

// complete adds what the caller need not know.
func (t *Trail) complete(ctx context.Context, e Event) Event {
	from := OriginOf(ctx)
	e.ID, e.Time = rand.Text()[:20], t.now().UTC().Truncate(time.Microsecond)
	e.Outcome = cmp.Or(e.Outcome, Succeeded)
	e.Actor = cmp.Or(e.Actor, from.Actor, Actor{Type: StrangerActor})
	e.Address = cmp.Or(e.Address, from.Address)
	e.UserAgent = shortened(cmp.Or(e.UserAgent, from.UserAgent), maxUserAgentBytes)
	e.Reference = cmp.Or(e.Reference, from.Reference, t.trace(ctx))
	e.Reason, e.Object = shortened(e.Reason, maxReasonBytes), shortened(e.Object, maxReasonBytes)
	return e
}

// write puts the event into all its views. A visitor who hangs up does not stop it.
func (t *Trail) write(ctx context.Context, e Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	var changes []store.Change
	for _, key := range e.views() {
		put := store.Put(key, e).IfAbsent() // nothing is ever written over
		if t.retention > 0 {
			put = put.Until(e.Time.Add(t.retention))
		}
		changes = append(changes, put)
	}
	if err := t.table.Write(ctx, changes...); err != nil {
		return fmt.Errorf("write audit event: %w", err)
	}
	return nil
}

func (t *Trail) say(ctx context.Context, level slog.Level, message string, e Event, more ...slog.Attr) {
	t.log.LogAttrs(ctx, level, message, append(more, slog.Any("event", e))...)
}

// Bounds of what others choose.
const (
	maxUserAgentBytes = 256
	maxReasonBytes    = 256
)

func shortened(s string, most int) string {
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}
