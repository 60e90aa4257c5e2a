package verify

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/kept"
)

// Remembered proofs fill two halves by turns. What is put into one is kept at least
// as long as that lasts, and a proof may come from the future by one window and
// linger for another.
const halfLife = 2 * proofWindow

// maxProofs bounds a half. Full, at a few dozen bytes a proof, both take some
// 20 MB; a function that answers one request at a time cannot fill one.
const maxProofs = 1 << 18

// ErrMemoryFull says that more proofs came than can be remembered.
var ErrMemoryFull = errors.New("verify: too many proofs to remember")

// ReplayMemory remembers in memory what was used once. It knows what its own process
// saw, so a proof stolen from one instance may be replayed once to each other: where
// that matters, a table must remember.
type ReplayMemory struct {
	now func() time.Time

	mu         sync.Mutex // guards the rest
	began      time.Time  // of young
	young, old map[proofID]struct{}
}

// proofID is half of a digest: 128 bits are too many for meeting another's.
type proofID [sha256.Size / 2]byte

// NewReplayMemory returns an empty memory.
func NewReplayMemory() *ReplayMemory {
	return &ReplayMemory{now: kept.Now}
}

// Once is a verify.Once. When the memory is full it refuses what is new: to forget
// would let whoever floods it replay what it forgot.
func (m *ReplayMemory) Once(_ context.Context, key string, _ time.Time) error {
	digest := sha256.Sum256([]byte(key))
	id := proofID(digest[:])
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(m.now())
	_, young := m.young[id]
	_, old := m.old[id]
	if young || old {
		return ErrReplayed
	}
	if len(m.young) >= maxProofs {
		return ErrMemoryFull
	}
	m.young[id] = struct{}{}
	return nil
}

// turn begins a new half when it is time. The caller holds mu.
func (m *ReplayMemory) turn(now time.Time) {
	switch age := kept.Apart(m.began, now); {
	case age >= 2*halfLife: // as it is when nothing ever came
		m.old = nil
	case age >= halfLife:
		m.old = m.young
	default:
		return
	}
	m.young, m.began = map[proofID]struct{}{}, now
}
