package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
)

// followed is how far back a look reaches over the one before: events come a little late.
const followed = 10 * time.Second

// follow shows events as they come, until ctx ends.
func (a *app) follow(ctx context.Context, trail *audit.Trail, query audit.Query) error {
	from := query.Since
	if from.IsZero() {
		from = time.Now().Add(-followed)
	}
	shown := map[string]time.Time{}
	for tick := time.NewTicker(time.Second); ; {
		for e, err := range trail.Oldest(ctx, audit.Cursor{Time: from}, time.Now().Add(time.Minute)) {
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			if _, again := shown[e.ID]; again || !query.Matches(e) {
				continue
			}
			shown[e.ID] = e.Time
			if err := a.showEvent(e); err != nil {
				return err
			}
		}
		from = time.Now().Add(-followed)
		for id, at := range shown {
			if at.Before(from) {
				delete(shown, id)
			}
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
		}
	}
}

func (a *app) showEvent(e audit.Event) error {
	if a.json {
		encoder := json.NewEncoder(a.out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(e)
	}
	_, err := fmt.Fprintln(a.out, strings.ReplaceAll(row(e), "\t", "  "))
	return err
}
