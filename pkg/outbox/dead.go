package outbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Dead returns the messages that were given up within the last month, the oldest
// first.
func (o *Outbox) Dead(ctx context.Context) ([]Message, error) {
	given := []Message{}
	for shard := range numShards {
		records, err := store.All(ctx, o.state, partition(shard), deadPrefix)
		if err != nil {
			return nil, fmt.Errorf("list dead letters: %w", err)
		}
		for _, record := range records {
			m, err := store.Decode[Message](record)
			if err != nil {
				return nil, err
			}
			given = append(given, m)
		}
	}
	slices.SortStableFunc(given, func(a, b Message) int { return a.Created.Compare(b.Created) })
	return given, nil
}

// Revive lets a message that was given up be tried for another day. The error is
// store.ErrNotFound when there is none of this ID.
func (o *Outbox) Revive(ctx context.Context, id string) error {
	key := Message{ID: id}.deadKey()
	m, version, err := store.Load[Message](ctx, o.state, key)
	if err != nil {
		return fmt.Errorf("load dead letter: %w", err)
	}
	now := o.now().UTC()
	again := Message{ID: m.ID, Kind: m.Kind, Body: m.Body, Created: now}
	return o.state.Write(ctx, store.Delete(key).IfVersion(version), again.putAt(now).IfAbsent())
}
