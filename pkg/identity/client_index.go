package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// index is by what else than its ID a client is found: its resource identifiers,
// which it alone may have, and its origins, which it may share.
type index struct{ resources, origins []string }

func indexOf(c oauth.Client) index {
	return index{slices.Clone(c.Resource), slices.Clone(c.AllowedCORSOrigins)}
}

func resourceKey(identifier string) store.Key {
	return store.Key{Partition: "resource#" + identifier, Sort: "client"}
}

func originKey(origin, id string) store.Key {
	return store.Key{Partition: "origin#" + origin, Sort: id}
}

// indexChanges enters a client where it is newly found, and removes it where it
// no longer is.
func indexChanges(id string, before, after index) []store.Change {
	var changes []store.Change
	added, removed := difference(before.resources, after.resources)
	for _, identifier := range added {
		changes = append(changes, store.Put(resourceKey(identifier), nameRecord{id}).IfAbsent())
	}
	for _, identifier := range removed {
		changes = append(changes, store.Delete(resourceKey(identifier)))
	}
	added, removed = difference(before.origins, after.origins)
	for _, origin := range added {
		changes = append(changes, store.Put(originKey(origin, id), nameRecord{id}))
	}
	for _, origin := range removed {
		changes = append(changes, store.Delete(originKey(origin, id)))
	}
	return changes
}

func difference(before, after []string) (added, removed []string) {
	for _, s := range after {
		if !slices.Contains(before, s) {
			added = append(added, s)
		}
	}
	for _, s := range before {
		if !slices.Contains(after, s) {
			removed = append(removed, s)
		}
	}
	return added, removed
}

// maxOriginBytes is more than a scheme, a host name of 253 bytes and a port.
const maxOriginBytes = 300

// OriginAllowed reports whether any client is registered with the origin, byte
// for byte, so that scripts there may read what programs are answered.
func (c *Clients) OriginAllowed(ctx context.Context, origin string) (bool, error) {
	if origin == "" || len(origin) > maxOriginBytes {
		return false, nil
	}
	for page := (store.Page{Limit: 1}); ; {
		records, next, err := c.table.List(ctx, "origin#"+origin, "", page)
		if err != nil {
			return false, fmt.Errorf("look up origin: %w", err)
		}
		if len(records) > 0 || next == (store.Page{}) {
			return len(records) > 0, nil
		}
		page = next
	}
}
