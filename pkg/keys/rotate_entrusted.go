package keys

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// adopt returns the records of keys that are listed to sign and do not yet: of each
// algorithm the last one listed, unless the ring ends with it.
func (r *Ring) adopt(ctx context.Context, ring ringRecord) ([]keyRecord, error) {
	if r.custodian == nil {
		return nil, errors.New("keys: this ring was opened without a custodian and cannot take over listed keys")
	}
	var adopted []keyRecord
	for _, alg := range r.policy.Algs {
		wanted, ok := r.policy.wanted(alg)
		if !ok {
			return nil, fmt.Errorf("keys: no %s key is listed", alg)
		}
		if newest, ok := ring.newest(alg); ok && newest.is(wanted) {
			continue
		}
		key, err := r.fetch(ctx, wanted)
		if err != nil {
			return nil, err
		}
		adopted = append(adopted, key)
	}
	return adopted, nil
}

// fetch makes the record of a listed key, which has no place in time yet. Whether it
// fits its algorithm is seen before the ring is written, as every reader will see it.
func (r *Ring) fetch(ctx context.Context, e Entrusted) (keyRecord, error) {
	public, err := r.custodian.PublicKey(ctx, e.ID, e.Alg)
	if err != nil {
		return keyRecord{}, fmt.Errorf("take over the %s key %s: %w", e.Alg, e.ID, err)
	}
	text, id, err := publicJWK(e.Alg, public)
	if err != nil {
		return keyRecord{}, fmt.Errorf("take over the %s key %s: %w", e.Alg, e.ID, err)
	}
	return keyRecord{ID: id, Alg: e.Alg, Custody: e.ID, Public: text}, nil
}

// is reports whether the key is the listed one, and has no successor.
func (k keyRecord) is(e Entrusted) bool { return k.Custody == e.ID && k.Retires.IsZero() }

// entrust gives the ring keys that a Custodian holds. Each is published first, like
// every other, but in a ring that has none. It replaces a key that is pending, so
// that who listed a wrong one, and takes it back in time, has changed nothing.
func (p Policy) entrust(ring ringRecord, adopted []keyRecord, now time.Time) ringRecord {
	first := len(ring.Keys) == 0
	for _, key := range adopted {
		ring = ring.withoutPending(key, now)
		if newest, ok := ring.newest(key.Alg); ok && newest.is(Entrusted{key.Alg, key.Custody}) {
			continue
		}
		ring = ring.without(func(k keyRecord) bool { return k.ID == key.ID && k.Alg == key.Alg })
		activates := now
		if !first {
			activates = p.announced(now)
		}
		ring = ring.add(key.place(now, activates))
	}
	return p.tidy(ring, now)
}

// withoutPending drops the keys that were to sign instead of the given one, and of
// which no instance can have signed, and lets the last of the others go on.
func (r ringRecord) withoutPending(instead keyRecord, now time.Time) ringRecord {
	kept := r.without(func(k keyRecord) bool {
		return k.Alg == instead.Alg && k.ID != instead.ID && now.Add(clockSkew).Before(k.Activates)
	})
	newest, ok := kept.newest(instead.Alg)
	if !ok || !newest.Retires.After(now) {
		return kept
	}
	for i, k := range kept.Keys {
		if k.Alg == newest.Alg && k.ID == newest.ID {
			kept.Keys[i].Retires = time.Time{}
		}
	}
	return kept
}
