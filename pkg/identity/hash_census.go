package identity

import (
	"context"
	"fmt"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ImportedHashes counts, by their form, the passwords that are still kept by a hash from
// elsewhere. When there is none left sign-ins need not be made alike any more, and take
// the time of one hash again, everywhere within levelLifetime.
func (u *Users) ImportedHashes(ctx context.Context) (map[string]int, error) {
	_, version, err := u.hasher.level.load(ctx)
	if err != nil {
		return nil, err
	}
	left := map[string]int{}
	for page := (store.Page{Limit: 500}); ; {
		names, next, err := u.names.list(ctx, "", page)
		if err != nil {
			return nil, fmt.Errorf("list usernames: %w", err)
		}
		for _, record := range names {
			if err := u.countImported(ctx, record, left); err != nil {
				return nil, err
			}
		}
		if next == (store.Page{}) {
			break
		}
		page = next
	}
	if len(left) == 0 && version != "" {
		err := u.users.Write(ctx, store.Delete(levelKey()).IfVersion(version))
		return left, wrap("forget the cost of imported hashes", err)
	}
	return left, nil
}

func (u *Users) countImported(ctx context.Context, record store.Record, left map[string]int) error {
	name, err := store.Decode[nameRecord](record)
	if err != nil {
		return err
	}
	kept, _, err := store.Load[userRecord](ctx, u.users, userKey(name.ID))
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load user: %w", err)
	}
	for _, format := range importedFormats() {
		if strings.HasPrefix(kept.PasswordHash, format.prefix) {
			left[format.name]++
		}
	}
	return nil
}
