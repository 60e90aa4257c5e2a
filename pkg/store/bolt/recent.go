package bolt

import (
	"sync"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The bounds of what is kept in memory.
const (
	maxRecent      = 4096 // entries
	maxRecentBytes = 8192 // of one value
)

// recent keeps what was lately read or written, and what was found absent. Only this process
// can write to the file, so a read from here is as strongly consistent as one from
// there, at a tenth of the time: what a commit touches is forgotten before the
// commit begins, nothing is kept that was read while one went on, and what it wrote is
// kept when it stands in the file.
type recent struct {
	mu    sync.RWMutex
	epoch int // odd while a commit goes on
	known map[recentKey]kept
}

// recentKey tells the tables of one file apart.
type recentKey struct {
	table string
	key   store.Key
}

// kept is an entry outside a transaction, or the absence of one.
type kept struct {
	entry
	found bool
}

// written is what a commit leaves under a key.
type written struct {
	recentKey
	kept
}

// get returns what is kept under the key, and the epoch for put.
func (r *recent) get(key recentKey) (k kept, ok bool, epoch int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	k, ok = r.known[key]
	return k, ok, r.epoch
}

// put keeps what was read since the epoch, unless something was written since: it
// may be of the past.
func (r *recent) put(key recentKey, k kept, epoch int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch == r.epoch && epoch%2 == 0 {
		r.set(key, k)
	}
}

func (r *recent) set(key recentKey, k kept) {
	if len(k.value) > maxRecentBytes {
		delete(r.known, key) // of one commit, the write before may be small
		return
	}
	if r.known == nil || len(r.known) >= maxRecent {
		r.known = make(map[recentKey]kept)
	}
	r.known[key] = k
}

// begin forgets what a commit is about to touch. Every begin is followed by an end.
func (r *recent) begin(batch []*request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	for _, request := range batch {
		for _, key := range request.keys {
			delete(r.known, key)
		}
	}
}

// keep takes over what a commit wrote, in the order in which it did. It is called
// between begin and end.
func (r *recent) keep(batch []*request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, request := range batch {
		for _, w := range request.written {
			r.set(w.recentKey, w.kept)
		}
	}
}

func (r *recent) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
}

// forget empties the memory for good: what is asked next fails in the file.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known, r.epoch = nil, 1
}
