package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Report says what a rotation changed, and what the ring is after it.
type Report struct {
	Made    []string `json:"made"`    // ids of new keys
	Removed []string `json:"removed"` // ids of keys that are published no longer
	Keys    []Info   `json:"keys"`
}

// rotateAttempts bounds how often a rotation that lost a race looks again. The
// second look finds the winner's ring, in which nothing is left to do.
const rotateAttempts = 4

// Rotate does what is due: it publishes the successor of a key that is near its
// end, and removes keys that nobody can need. The first rotation makes keys that
// sign at once, so a new deployment works; an algorithm that comes later is
// published first. Call it as often as you like, and from several places: the ring
// changes by one conditional write, whose loser finds the work done, and a
// rotation that dies has changed nothing.
func (r *Ring) Rotate(ctx context.Context) (Report, error) {
	if r.policy.Entrust {
		return r.change(ctx, change{make: r.adopt, arrange: r.policy.entrust})
	}
	return r.change(ctx, change{make: r.makeDue(r.policy.due), arrange: r.policy.arrange})
}

// change is one way to change a ring.
type change struct {
	make    func(context.Context, ringRecord) ([]keyRecord, error)            // the keys that it lacks
	arrange func(ring ringRecord, made []keyRecord, now time.Time) ringRecord // the ring with them
	kind    audit.Kind                                                        // what it is recorded as; KeysRotated when empty
}

// change makes the keys and writes the ring, once more if another was faster.
func (r *Ring) change(ctx context.Context, c change) (Report, error) {
	if r.sealer == nil {
		return Report{}, errors.New("keys: this ring was opened without a sealer and cannot rotate")
	}
	if err := r.policy.validate(); err != nil {
		return Report{}, err
	}
	var conflict *store.Conflict
	for range rotateAttempts {
		report, err := r.tryChange(ctx, c)
		if err == nil || !errors.As(err, &conflict) {
			return report, err
		}
	}
	return Report{}, fmt.Errorf("rotate signing keys: others kept changing them: %w", conflict)
}

func (r *Ring) tryChange(ctx context.Context, c change) (Report, error) {
	before, version, err := r.load(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Report{}, unready(err)
	}
	made, err := c.make(ctx, before)
	if err != nil {
		return Report{}, err
	}
	now := r.now().UTC().Truncate(time.Second) // after the keys were made, which can take seconds
	after := c.arrange(before, made, now).sorted()
	report := Report{Made: ids(made), Removed: missing(before, after), Keys: after.infos(now)}
	if after.equal(before) {
		return report, nil
	}
	if _, _, err := after.publish(); err != nil { // a ring that nobody would use is not kept
		return Report{}, err
	}
	put := store.Put(ringKey(), after)
	if version == "" {
		put = put.IfAbsent()
	} else {
		put = put.IfVersion(version)
	}
	if err := r.users.Write(ctx, put); err != nil {
		return Report{}, fmt.Errorf("keep signing keys: %w", err)
	}
	r.record(ctx, c.kind, report)
	if held := r.held.Load(); held != nil { // this instance need not wait for what it has just written
		r.held.Store(held.at(held.confirmed, time.Time{}))
	}
	return report, nil
}

// makeDue makes a key for each algorithm that needs one.
func (r *Ring) makeDue(due func(ringRecord, time.Time) []oauth.Alg) func(context.Context, ringRecord) ([]keyRecord, error) {
	return func(ctx context.Context, ring ringRecord) ([]keyRecord, error) {
		var made []keyRecord
		for _, alg := range due(ring, r.now()) {
			key, err := makeKey(ctx, r.sealer, alg)
			if err != nil {
				return nil, err
			}
			made = append(made, key)
		}
		return made, nil
	}
}

// due tells which algorithms need a new key now: those that have none of ours, and those
// whose newest key will have signed for its lifetime when the new one, published
// long enough, takes over.
func (p Policy) due(ring ringRecord, now time.Time) []oauth.Alg {
	var due []oauth.Alg
	for _, alg := range p.Algs {
		newest, ok := ring.newest(alg)
		if !ok || !newest.ours() || !now.Before(newest.Activates.Add(p.Lifetime-p.PublishAhead)) {
			due = append(due, alg)
		}
	}
	return due
}

// arrange adds the new keys.
func (p Policy) arrange(ring ringRecord, made []keyRecord, now time.Time) ringRecord {
	first := len(ring.Keys) == 0
	for _, key := range made {
		activates := now
		if newest, ok := ring.newest(key.Alg); ok && newest.ours() {
			activates = newest.Activates.Add(p.Lifetime)
		}
		if ahead := p.announced(now); !first && activates.Before(ahead) {
			activates = ahead
		}
		ring = ring.add(key.place(now, activates))
	}
	return p.tidy(ring, now)
}

// ours reports whether a key is sealed here, and has no end yet.
func (k keyRecord) ours() bool { return k.Custody == "" && k.Retires.IsZero() }

// tidy retires keys of algorithms that are no longer wanted, and removes what was
// retired long enough ago.
func (p Policy) tidy(ring ringRecord, now time.Time) ringRecord {
	ring = ring.retireAllBut(p.Algs, now)
	return ring.without(func(k keyRecord) bool {
		return !k.Retires.IsZero() && !now.Before(k.Retires.Add(p.RetireAfter))
	})
}

// missing returns the ids that before had and after has not.
func missing(before, after ringRecord) []string {
	kept := ids(after.Keys)
	return slices.DeleteFunc(ids(before.Keys), func(id string) bool { return slices.Contains(kept, id) })
}

func ids(keys []keyRecord) []string {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	return ids
}
