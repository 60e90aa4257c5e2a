package keys

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// heldRing is the ring in memory. It is never changed, only replaced.
type heldRing struct {
	version   string
	keys      map[oauth.Alg][]*signingKey // the newest last
	document  []byte
	set       jose.Set
	confirmed time.Time // when the store last said that this is the ring
	tried     time.Time // when it was last asked
}

// hold makes a ring ready for use. Keys that before has already opened stay open.
// A record that we would not accept from somebody else (a short RSA key, a secret,
// two keys of one id) is refused whole, so it is neither published nor used.
func hold(record ringRecord, version string, before *heldRing, now time.Time) (*heldRing, error) {
	if len(record.Keys) == 0 {
		return nil, fmt.Errorf("keys: the ring is empty: %w", store.ErrNotFound)
	}
	document, set, err := record.publish()
	if err != nil {
		return nil, err
	}
	next := &heldRing{
		version: version, keys: map[oauth.Alg][]*signingKey{}, document: document, set: set,
		confirmed: now, tried: now,
	}
	for _, k := range record.sorted().Keys {
		next.keys[k.Alg] = append(next.keys[k.Alg], before.reuse(k))
	}
	return next, nil
}

// publish returns the document, and what verifiers will read in it.
func (r ringRecord) publish() ([]byte, jose.Set, error) {
	document, err := r.document()
	if err != nil {
		return nil, jose.Set{}, err
	}
	set, err := jose.ParseSet(document)
	if err == nil {
		err = r.matches(set)
	}
	if err != nil {
		return nil, jose.Set{}, fmt.Errorf("keys: the ring is not fit to be published: %w", err)
	}
	return document, set, nil
}

// matches demands that every key of the ring stands in the set that verifiers will
// read, under its id and for its algorithm.
func (r ringRecord) matches(set jose.Set) error {
	for _, k := range r.Keys {
		if public, ok := set.Key(k.ID); !ok || public.Alg() != k.Alg {
			return fmt.Errorf("what is published for %s is not its %s key %v", k.ID, k.Alg, set.Refused())
		}
	}
	return nil
}

// document returns the JWK set (RFC 7517 §5).
func (r ringRecord) document() ([]byte, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	for _, k := range r.sorted().Keys {
		set.Keys = append(set.Keys, k.Public)
	}
	document, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("keys: the ring cannot be published: %w", err)
	}
	return document, nil
}

// reuse returns k in memory, opened if it was.
func (h *heldRing) reuse(k keyRecord) *signingKey {
	next := &signingKey{keyRecord: k}
	if h == nil {
		return next
	}
	for _, old := range h.keys[k.Alg] {
		if old.ID == k.ID && string(old.Private) == string(k.Private) {
			next.opened.Store(old.opened.Load())
		}
	}
	return next
}

func (h *heldRing) at(confirmed, tried time.Time) *heldRing {
	next := *h
	next.confirmed, next.tried = confirmed, tried
	return &next
}

// signing returns the key that signs now: the last whose time has come. A ring
// made by an instance whose clock is ahead of ours is used at once; a key that is
// pending for any other reason is not, since nobody may know it yet (OpenID
// Connect Core §10.1.1).
func (h *heldRing) signing(alg oauth.Alg, now time.Time) (*signingKey, bool) {
	keys := h.keys[alg]
	for i := len(keys) - 1; i >= 0; i-- {
		if !now.Before(keys[i].Activates) {
			return keys[i], !keys[i].retired(now)
		}
	}
	if len(keys) > 0 && !now.Add(clockSkew).Before(keys[0].Activates) {
		return keys[0], true
	}
	return nil, false
}
