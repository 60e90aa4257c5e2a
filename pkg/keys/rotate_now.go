package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Takeover says how a new key takes over before its time.
type Takeover int

// The ways to take over. The zero value is the harmless one.
const (
	// Announced publishes the new key first, as a scheduled rotation does. Nobody
	// notices.
	Announced Takeover = iota

	// AtOnce signs with the new key within a minute. Verifiers that cached the key
	// set, and do not fetch it again for an unknown kid, refuse new tokens until
	// their cache ends.
	AtOnce

	// Withdrawing is AtOnce, and every other key of the algorithm is published no
	// longer: all tokens that it signed are void. For a private key that leaked.
	Withdrawing
)

// maxKeysPerAlg keeps the published set below the 32 keys that verifiers accept.
const maxKeysPerAlg = 6

// RotateNow replaces the keys of the algorithms, or of all, before their time.
func (r *Ring) RotateNow(ctx context.Context, how Takeover, algs ...oauth.Alg) (Report, error) {
	if r.policy.Entrust {
		return Report{}, errors.New("keys: the keys that sign are those that the configuration lists; list another one after them, and rotate")
	}
	if len(algs) == 0 {
		algs = r.Algs()
	}
	for _, alg := range algs {
		if !slices.Contains(r.policy.Algs, alg) {
			return Report{}, fmt.Errorf("keys: there are no keys for %q", string(alg))
		}
	}
	if how != Withdrawing {
		if err := r.room(ctx, algs); err != nil {
			return Report{}, err
		}
	}
	return r.change(ctx, change{
		make: r.makeDue(func(ring ringRecord, now time.Time) []oauth.Alg { return how.due(ring, algs, now) }),
		arrange: func(ring ringRecord, made []keyRecord, now time.Time) ringRecord {
			return how.arrange(ring, made, algs, now, r.policy)
		},
		kind: how.kind(),
	})
}

// room refuses to publish more keys than verifiers take.
func (r *Ring) room(ctx context.Context, algs []oauth.Alg) error {
	infos, err := r.List(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for _, alg := range algs {
		count := 0
		for _, info := range infos {
			if info.Alg == alg {
				count++
			}
		}
		if count >= maxKeysPerAlg {
			return fmt.Errorf("keys: %d %s keys are published already: wait until retired ones are removed, or withdraw them", count, alg)
		}
	}
	return nil
}

// due tells which algorithms need a new key. One that is pending serves, unless
// nothing that exists is trusted any longer.
func (how Takeover) due(ring ringRecord, algs []oauth.Alg, now time.Time) []oauth.Alg {
	var due []oauth.Alg
	for _, alg := range algs {
		newest, ok := ring.newest(alg)
		if how == Withdrawing || !ok || newest.state(now) != Pending {
			due = append(due, alg)
		}
	}
	return due
}

// arrange adds the new keys, and lets those that are pending already take over as
// soon as how allows.
func (how Takeover) arrange(ring ringRecord, made []keyRecord, algs []oauth.Alg, now time.Time, p Policy) ringRecord {
	first := len(ring.Keys) == 0
	earliest := func(published time.Time) time.Time {
		if ahead := p.announced(published); how == Announced && !first && ahead.After(now) {
			return ahead
		}
		return now
	}
	if how == Withdrawing {
		ring = ring.without(func(k keyRecord) bool { return slices.Contains(algs, k.Alg) })
	}
	for _, key := range made {
		ring = ring.add(key.place(now, earliest(now)))
	}
	for _, alg := range algs {
		newest, ok := ring.newest(alg)
		if !ok || !newest.Activates.After(earliest(newest.Created)) {
			continue
		}
		ring = ring.without(func(k keyRecord) bool { return k.ID == newest.ID })
		newest.Activates = earliest(newest.Created)
		ring = ring.add(newest)
	}
	return ring
}
