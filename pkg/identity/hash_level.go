package identity

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// levelLifetime is how long an instance goes by what it knows of imported hashes.
const levelLifetime = time.Minute

// level is what makes sign-ins take alike where hashes were imported. Theirs take
// another time than ours, and would tell by it which names exist; so every sign-in
// computes one of ours and one of theirs, the costliest that was ever imported, of
// which the table remembers the cost. Without imports nobody pays for it. What is left
// to see is the difference between imported hashes of several costs.
type level struct {
	table store.Table
	now   func() time.Time

	mu    sync.Mutex
	hash  importedHash // nobody's; nil: none was imported
	until time.Time
}

// levelRecord is what lies at levelKey.
type levelRecord struct {
	Hash string `json:"hash"` // of the costliest parameters, and nobody's
}

func levelKey() store.Key { return store.Key{Partition: "imported-hashes", Sort: "costliest"} }

// costliest returns a hash that is nobody's and costs as much as any imported one; nil
// when none was imported.
func (l *level) costliest(ctx context.Context) (importedHash, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now().Before(l.until) {
		return l.hash, nil
	}
	hash, _, err := l.load(ctx)
	if err != nil {
		return nil, err
	}
	l.hash, l.until = hash, l.now().Add(levelLifetime)
	return hash, nil
}

func (l *level) load(ctx context.Context) (importedHash, string, error) {
	kept, version, err := store.Load[levelRecord](ctx, l.table, levelKey())
	if isNotFound(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("load the cost of imported hashes: %w", err)
	}
	hash, err := parseImported(kept.Hash)
	return hash, version, wrap("cost of imported hashes", err)
}

// raise takes note of a hash before its owner is added, so that no sign-in knows the
// one and not the other for longer than levelLifetime. Ours cost what they cost.
func (l *level) raise(ctx context.Context, kept string) error {
	added, err := parseImported(kept)
	if err != nil || added == nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.hash == nil || l.hash.work() < added.work() {
		standing, version, err := l.load(ctx)
		if err != nil {
			return err
		}
		if standing != nil && standing.work() >= added.work() {
			l.hash = standing
			return nil
		}
		put := store.Put(levelKey(), levelRecord{added.blank()}).IfVersion(version)
		if version == "" {
			put = store.Put(levelKey(), levelRecord{added.blank()}).IfAbsent()
		}
		err = l.table.Write(ctx, put)
		if errors.As(err, new(*store.Conflict)) {
			continue
		}
		if err != nil {
			return fmt.Errorf("keep the cost of imported hashes: %w", err)
		}
		l.hash = added
	}
	return nil
}
