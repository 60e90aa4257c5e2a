package identity_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// lookUps counts what is asked of the table.
type lookUps struct {
	store.Table
	n atomic.Int64
}

func (l *lookUps) Get(ctx context.Context, key store.Key) (store.Record, error) {
	l.n.Add(1)
	return l.Table.Get(ctx, key)
}

func (l *lookUps) List(ctx context.Context, partition, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	l.n.Add(1)
	return l.Table.List(ctx, partition, prefix, page)
}

// TestF18WhatCannotBeRegisteredCostsNoRead: strangers name clients, resources and
// origins, and the table is paid by the read.
func TestF18WhatCannotBeRegisteredCostsNoRead(t *testing.T) {
	table, _ := tables(t)
	counter := &lookUps{Table: table}
	clients := identity.NewClients(counter, nil)
	client := func(id string) { _, _ = clients.Get(t.Context(), id) }
	resource := func(identifier string) { _, _ = clients.Resource(t.Context(), identifier) }
	origin := func(origin string) { _, _ = clients.OriginAllowed(t.Context(), origin) }
	for name, c := range map[string]struct {
		look  func(string)
		what  string
		reads int64
	}{
		"the longest client_id":    {client, strings.Repeat("x", 255), 1},
		"a longer client_id":       {client, strings.Repeat("x", 256), 0},
		"no client_id":             {client, "", 0},
		"a client_id with a space": {client, "a b", 0},
		"a client_id with a NUL":   {client, "a\x00", 0},
		"the longest resource":     {resource, strings.Repeat("x", 512), 1},
		"a longer resource":        {resource, strings.Repeat("x", 513), 0},
		"no resource":              {resource, "", 0},
		"the longest origin":       {origin, strings.Repeat("x", 300), 1},
		"a longer origin":          {origin, strings.Repeat("x", 301), 0},
		"no origin":                {origin, "", 0},
	} {
		before := counter.n.Load()
		c.look(c.what)
		if got := counter.n.Load() - before; got != c.reads {
			t.Errorf("%s: %d reads, want %d", name, got, c.reads)
		}
	}
}
