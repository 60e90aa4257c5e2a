package identity_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// counted remembers at which partitions was counted or written.
type counted struct {
	store.Table
	mu sync.Mutex
	at map[string]int
}

func (c *counted) note(key store.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at[key.Partition]++
}

func (c *counted) Count(ctx context.Context, key store.Key, delta int, limit store.Limit) (int, error) {
	c.note(key)
	return c.Table.Count(ctx, key, delta, limit)
}

func (c *counted) Write(ctx context.Context, changes ...store.Change) error {
	for _, change := range changes {
		c.note(change.Key)
	}
	return c.Table.Write(ctx, changes...)
}

// TestF18AnAttackHeatsItsOwnPartitionsOnly: what is written for one account, address
// or client shares no partition with another's, so the throttling of an attacked one
// stays with it.
func TestF18AnAttackHeatsItsOwnPartitionsOnly(t *testing.T) {
	table, state := tables(t)
	counter := &counted{Table: state, at: map[string]int{}}
	users := identity.NewUsers(table, counter, lockout)
	clients := identity.NewClientLockout(counter, lockout)
	signIn := func(username, address string) func() {
		return func() { _, _ = users.SignIn(t.Context(), username, "not the password", address) }
	}
	client := func(id, address string) func() { return func() { _ = clients.Failed(t.Context(), id, address) } }
	partitions := func(do func()) []string {
		clear(counter.at)
		for range 12 { // past every limit of an account and a client
			do()
		}
		var all []string
		for partition := range counter.at {
			all = append(all, partition)
		}
		return all
	}
	owner := map[string]string{}
	for name, c := range map[string]struct {
		do    func()
		least int // partitions that share the load
	}{
		"an account":        {signIn("alice", elsewhere(1)), 4}, // its count, its turn, the network's count and failures
		"another account":   {signIn("bob", elsewhere(2)), 4},
		"nobody's name":     {signIn("nobody", elsewhere(3)), 4},
		"a client":          {client("app", elsewhere(4)), 1},
		"another client":    {client("other", elsewhere(4)), 1},
		"a client's other":  {client("app", elsewhere(5)), 1},
		"an account's name": {client("alice", elsewhere(1)), 1},
	} {
		heated := partitions(c.do)
		if len(heated) < c.least {
			t.Errorf("%s: all is written in %d partitions, want %d", name, len(heated), c.least)
		}
		for _, partition := range heated {
			if owner[partition] != "" {
				t.Errorf("%s shares a partition with %s", name, owner[partition])
			}
			owner[partition] = name
		}
	}
}

// TestF18NamesAndClientsAreSpread: a directory is not one partition.
func TestF18NamesAndClientsAreSpread(t *testing.T) {
	table, state := tables(t)
	counter := &counted{Table: table, at: map[string]int{}}
	users, clients := identity.NewUsers(counter, state, lockout), identity.NewClients(counter, nil)
	for i := range 64 {
		add(t, users, identity.NewUser{Username: fmt.Sprintf("user-%d", i)})
		register(t, clients, identity.Registration{ID: fmt.Sprintf("client-%d", i)})
	}
	for partition, n := range counter.at {
		if n > 64/4 {
			t.Errorf("%d of 64 lie in %s", n, partition)
		}
	}
}
