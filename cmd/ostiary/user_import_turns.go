package main

import (
	"context"
	"hash/maphash"
	"sync"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/userfile"
)

// turns has entries of one person wait for each other, so that of two with one username
// or sub the first in the file is imported, and the last one's update stands.
type turns struct {
	mu    sync.Mutex
	under map[string]chan struct{} // closed when the entry that has the name is through
}

// namesOf are the names of an entry that no two people share.
func namesOf(e userfile.Entry) (names []string) {
	if name, err := identity.Username(e.User.Username); err == nil {
		names = append(names, "username "+name)
	}
	if e.User.ID != "" {
		names = append(names, "sub "+e.User.ID)
	}
	return names
}

// take waits until nobody has one of the names, and has them until done is called. One
// reader of a file takes turns.
func (t *turns) take(ctx context.Context, names []string) (done func()) {
	for _, name := range names {
		t.mu.Lock()
		before := t.under[name]
		t.mu.Unlock()
		if before != nil {
			select {
			case <-before:
			case <-ctx.Done():
			}
		}
	}
	mine := make(chan struct{})
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.under == nil {
		t.under = map[string]chan struct{}{}
	}
	for _, name := range names {
		t.under[name] = mine
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, name := range names {
			if t.under[name] == mine {
				delete(t.under, name)
			}
		}
		close(mine)
	}
}

// seen remembers names by their hashes, of which a file may have millions.
type seen struct {
	mu    sync.Mutex
	seed  maphash.Seed
	names map[uint64]bool
}

// add takes note of the names, and reports whether one of them was there.
func (s *seen) add(names []string) (there bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil {
		s.seed, s.names = maphash.MakeSeed(), map[uint64]bool{}
	}
	for _, name := range names {
		sum := maphash.String(s.seed, name)
		there = there || s.names[sum]
		s.names[sum] = true
	}
	return there
}
