package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// LinkedTokens are what another provider gave for a person who signed in by it. They lie
// beside the identity and go when it goes. Package upstream knows what is sealed.
type LinkedTokens struct {
	ID       string    `json:"-"` // of the identity
	Version  string    `json:"-"` // of the record; "" where there is none yet
	Provider string    `json:"provider"`
	Sealed   []byte    `json:"sealed,omitempty"`  // nil where they are good for nothing any more
	Expires  time.Time `json:"expires,omitzero"`  // of the access token
	Renewing time.Time `json:"renewing,omitzero"` // until then somebody is at the provider to renew them
	Kept     time.Time `json:"kept"`              // at a sign-in
	Renewed  time.Time `json:"renewed,omitzero"`
}

// linkedTokensPrefix is not below linkedPrefix: these are no identities.
const linkedTokensPrefix = "identity-tokens#"

func linkedTokensKey(userID, id string) store.Key {
	return store.Key{Partition: Partition(userID), Sort: linkedTokensPrefix + id}
}

func decodeLinkedTokens(r store.Record) (LinkedTokens, error) {
	kept, err := store.Decode[LinkedTokens](r)
	kept.ID, kept.Version = strings.TrimPrefix(r.Key.Sort, linkedTokensPrefix), r.Version
	return kept, err
}

// LinkedTokens returns the tokens that are kept of a person, of all providers.
func (u *Users) LinkedTokens(ctx context.Context, userID string) ([]LinkedTokens, error) {
	records, err := store.All(ctx, u.users, Partition(userID), linkedTokensPrefix)
	if err != nil {
		return nil, fmt.Errorf("list tokens of linked identities: %w", err)
	}
	all := make([]LinkedTokens, len(records))
	for n, record := range records {
		if all[n], err = decodeLinkedTokens(record); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// LinkedTokensOf returns those of one identity, or store.ErrNotFound.
func (u *Users) LinkedTokensOf(ctx context.Context, userID, id string) (LinkedTokens, error) {
	record, err := u.users.Get(ctx, linkedTokensKey(userID, id))
	if err != nil {
		return LinkedTokens{}, wrap("load tokens of a linked identity", err)
	}
	return decodeLinkedTokens(record)
}

// KeepLinkedTokens keeps tokens where those of t.Version lie, or where none do. The error
// is a *store.Conflict where others lie there by now, and store.ErrNotFound where the
// identity is not the person's: of one who unlinks it at the same time nothing is kept.
func (u *Users) KeepLinkedTokens(ctx context.Context, userID string, t LinkedTokens) error {
	key := linkedTokensKey(userID, t.ID)
	if t.Version != "" { // and so the identity is there: they go together
		return u.users.Write(ctx, store.Put(key, t).IfVersion(t.Version))
	}
	linked, err := u.users.Get(ctx, linkedKey(userID, t.ID))
	if err != nil {
		return wrap("load linked identity", err)
	}
	return u.users.Write(ctx, store.Put(key, t).IfAbsent(), store.Check(linked.Key).IfVersion(linked.Version))
}
