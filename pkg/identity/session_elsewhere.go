package identity

import (
	"context"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// elsewhereRecord is what lies where a session of another provider leads to ours.
type elsewhereRecord struct {
	UserID string `json:"sub"`
}

// elsewhereKey is where a session at another provider leads to the one here.
func elsewhereKey(issuer, theirs, ours string) store.Key {
	return store.Key{Partition: "upstream-session#" + store.Digest(issuer, theirs), Sort: sessionPrefix + ours}
}

// foundBy are the changes by which the session is found when the provider, that it rests
// on, names its own. They are gone when it would be.
func (s *Sessions) foundBy(kept sessionRecord) []store.Change {
	e := kept.Elsewhere
	if e == nil || e.SessionID == "" {
		return nil
	}
	key := elsewhereKey(e.Issuer, e.SessionID, kept.ID)
	return []store.Change{store.Put(key, elsewhereRecord{kept.UserID}).Until(kept.AuthTime.Add(s.limits.Absolute))}
}

// Resting returns the sessions that rest on the sign-in: on one session at the provider
// where it is named, else on all of the person's there.
func (s *Sessions) Resting(ctx context.Context, on Elsewhere) ([]Session, error) {
	people := map[string]bool{}
	if on.Subject != "" {
		user, err := s.users.ByLinked(ctx, on.Issuer, on.Subject)
		switch {
		case err == nil:
			people[user.ID] = true
		case !isNotFound(err):
			return nil, err
		}
	}
	if on.SessionID != "" {
		key := elsewhereKey(on.Issuer, on.SessionID, "")
		records, err := store.All(ctx, s.state, key.Partition, key.Sort)
		if err != nil {
			return nil, fmt.Errorf("list sessions of a provider's: %w", err)
		}
		for _, record := range records {
			found, err := store.Decode[elsewhereRecord](record)
			if err != nil {
				return nil, err
			}
			people[found.UserID] = true
		}
	}
	var resting []Session
	for userID := range people {
		sessions, err := s.List(ctx, userID)
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		for _, each := range sessions {
			if each.restsOn(on) {
				resting = append(resting, each)
			}
		}
	}
	return resting, nil
}

func (s Session) restsOn(on Elsewhere) bool {
	e := s.Elsewhere
	return e != nil && e.Provider == on.Provider && e.Issuer == on.Issuer &&
		(on.Subject == "" || e.Subject == on.Subject) && (on.SessionID == "" || e.SessionID == on.SessionID)
}
