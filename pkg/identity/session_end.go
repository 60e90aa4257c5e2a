package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Ending returns a session as it stands, one that is over already too, and the
// change that ends it unless it has been written to meanwhile. Whoever must tell its
// clients writes both at once, and so misses none that joined in between.
// store.ErrNotFound when there is none.
func (s *Sessions) Ending(ctx context.Context, userID, sid string) (Session, store.Change, error) {
	kept, version, err := s.load(ctx, userID, sid)
	if err != nil {
		return Session{}, store.Change{}, err
	}
	return kept.Session, store.Delete(sessionKey(userID, sid)).IfVersion(version), nil
}

// Unended returns the sids of all sessions of a person that nobody has ended, those
// that are over by the person's epoch too, and those of a person who is no more.
func (s *Sessions) Unended(ctx context.Context, userID string) ([]string, error) {
	if userID == "" {
		return nil, errors.New("identity: sessions of nobody")
	}
	records, err := store.All(ctx, s.state, sessionKey(userID, "").Partition, sessionPrefix)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	sids := make([]string, len(records))
	for i, record := range records {
		sids[i] = record.Key.Sort[len(sessionPrefix):]
	}
	return sids, nil
}
