package keys

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ringRecord is the whole ring, in one record, so that one conditional write
// decides every change of it.
type ringRecord struct {
	Keys []keyRecord `json:"keys"`
}

// keyRecord is one signing key. Its state follows from its times alone, so a key
// starts to sign, and stops, on time on every instance that knows it, even when
// nothing runs at that moment and the store cannot be reached.
type keyRecord struct {
	ID        string          `json:"kid"` // the JWK thumbprint (RFC 7638)
	Alg       oauth.Alg       `json:"alg"`
	Created   time.Time       `json:"created"`
	Activates time.Time       `json:"activates"`
	Retires   time.Time       `json:"retires,omitzero"`  // when its successor activates
	Public    json.RawMessage `json:"public"`            // JWK
	Private   []byte          `json:"private,omitempty"` // PKCS #8, sealed
	Custody   string          `json:"custody,omitempty"` // what the Custodian calls it who has the private part
}

func ringKey() store.Key { return store.Key{Partition: "keys", Sort: "ring"} }

func (k keyRecord) state(now time.Time) State {
	switch {
	case now.Before(k.Activates):
		return Pending
	case k.retired(now):
		return Retired
	default:
		return Active
	}
}

func (k keyRecord) retired(now time.Time) bool { return !k.Retires.IsZero() && !now.Before(k.Retires) }

func (k keyRecord) info(now time.Time) Info {
	return Info{k.ID, k.Alg, k.state(now), k.Created, k.Activates, k.Retires, k.Custody}
}

// of returns the keys of one algorithm, the newest last.
func (r ringRecord) of(alg oauth.Alg) []keyRecord {
	var keys []keyRecord
	for _, k := range r.Keys {
		if k.Alg == alg {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, keyRecord.compareAge)
	return keys
}

// compareAge orders keys of one algorithm, the newest last. Of two that were to
// sign from the same second on, the one that was replaced at once is the older.
func (k keyRecord) compareAge(other keyRecord) int {
	if c := k.Activates.Compare(other.Activates); c != 0 {
		return c
	}
	switch {
	case k.Retires.IsZero() && !other.Retires.IsZero():
		return 1
	case other.Retires.IsZero() && !k.Retires.IsZero():
		return -1
	}
	return cmp.Or(k.Retires.Compare(other.Retires), cmp.Compare(k.ID, other.ID))
}

// newest returns the last key of an algorithm, which may be pending.
func (r ringRecord) newest(alg oauth.Alg) (keyRecord, bool) {
	keys := r.of(alg)
	if len(keys) == 0 {
		return keyRecord{}, false
	}
	return keys[len(keys)-1], true
}

// add gives the ring a key that signs from its Activates on, and lets every older
// key of the algorithm sign no longer than until then.
func (r ringRecord) add(k keyRecord) ringRecord {
	keys := slices.Clone(r.Keys)
	for i, old := range keys {
		if old.Alg == k.Alg && (old.Retires.IsZero() || old.Retires.After(k.Activates)) {
			keys[i].Retires = k.Activates
		}
	}
	return ringRecord{Keys: append(keys, k)}.sorted()
}

// without drops the keys for which drop holds.
func (r ringRecord) without(drop func(keyRecord) bool) ringRecord {
	return ringRecord{Keys: slices.DeleteFunc(slices.Clone(r.Keys), drop)}
}

// retireAllBut ends the use of keys whose algorithm is no longer wanted.
func (r ringRecord) retireAllBut(algs []oauth.Alg, now time.Time) ringRecord {
	keys := slices.Clone(r.Keys)
	for i, k := range keys {
		if k.Retires.IsZero() && !slices.Contains(algs, k.Alg) {
			keys[i].Retires = now
		}
	}
	return ringRecord{Keys: keys}
}

// sorted orders keys by algorithm, age and id, so that the published document is
// the same bytes everywhere.
func (r ringRecord) sorted() ringRecord {
	return ringRecord{Keys: slices.SortedFunc(slices.Values(r.Keys), func(a, b keyRecord) int {
		return cmp.Or(cmp.Compare(a.Alg, b.Alg), a.compareAge(b))
	})}
}

// equal reports whether two rings are stored as the same text.
func (r ringRecord) equal(other ringRecord) bool {
	a, errA := json.Marshal(r)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

func (r ringRecord) infos(now time.Time) []Info {
	infos := make([]Info, len(r.Keys))
	for i, k := range r.Keys {
		infos[i] = k.info(now)
	}
	return infos
}
