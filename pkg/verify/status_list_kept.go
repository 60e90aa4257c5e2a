package verify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/kept"
)

// What is kept of the lists at most. The list that was used longest ago makes room.
const (
	maxLists      = 64
	maxKeptBytes  = 4 << 20
	maxListErrors = 3 // after so many failures the pause between attempts grows no more
)

// keptLists are the lists that tokens referred to, by URI.
type keptLists struct {
	mu   sync.Mutex
	kept map[string]*keptList
}

// keptList is one list, or the failure to get it.
type keptList struct {
	uri  string
	used time.Time // under keptLists.mu
	size int       // likewise

	turn kept.Turn // whoever has it may fetch

	mu       sync.RWMutex // guards the rest
	list     *statusList  // nil: none yet
	etag     string
	fetched  time.Time // when list was last known to be the issuer's
	fresh    time.Duration
	tried    time.Time // when fetching last began
	tryError error     // how that ended
	failures int       // since it last ended well
}

func (k *keptLists) get(uri string, now time.Time) *keptList {
	k.mu.Lock()
	defer k.mu.Unlock()
	held, ok := k.kept[uri]
	if !ok {
		if k.kept == nil {
			k.kept = map[string]*keptList{}
		}
		held = &keptList{uri: uri, turn: kept.NewTurn()}
		k.kept[uri] = held
		k.makeRoom(held)
	}
	held.used = now
	return held
}

// grown counts a list that was fetched.
func (k *keptLists) grown(held *keptList, size int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	held.size = size
	k.makeRoom(held)
}

// makeRoom forgets lists until what is kept is within its bounds. The caller holds mu.
func (k *keptLists) makeRoom(but *keptList) {
	for {
		total := 0
		var oldest *keptList
		for _, held := range k.kept {
			total += held.size
			if held != but && (oldest == nil || held.used.Before(oldest.used)) {
				oldest = held
			}
		}
		if oldest == nil || len(k.kept) <= maxLists && total <= maxKeptBytes {
			return
		}
		delete(k.kept, oldest.uri)
	}
}

// current returns the list, fetched anew when it is too old. Of many callers one
// fetches; the others wait for it, as long as their contexts let them. With an error
// comes the last list that there was, if any: what it revokes is revoked, but what it
// does not may have been since.
func (s *StatusLists) current(ctx context.Context, held *keptList) (*statusList, error) {
	if list, due, err := held.look(s.now(), s.policy.MaxStale); !due {
		return list, err
	}
	if err := held.turn.Enter(ctx); err != nil {
		list, _, _ := held.look(s.now(), s.policy.MaxStale)
		return list, err
	}
	defer held.turn.Leave()
	if _, due, _ := held.look(s.now(), s.policy.MaxStale); due {
		s.refresh(ctx, held)
	}
	list, _, err := held.look(s.now(), s.policy.MaxStale)
	return list, err
}

// look returns the list, whether it should be fetched now, and why it does not
// answer for tokens that it does not revoke.
func (k *keptList) look(now time.Time, maxStale time.Duration) (list *statusList, due bool, err error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.list != nil {
		age := kept.Apart(k.fetched, now)
		expired := !k.list.expires.IsZero() && !now.Before(k.list.expires)
		if age < k.fresh && !expired {
			return k.list, false, nil
		}
		if age >= k.fresh+maxStale || expired {
			err = errors.New("the last one is too old")
		}
	} else {
		err = errors.New("there was none yet")
	}
	if err != nil && k.tryError != nil {
		err = k.tryError
	}
	return k.list, k.failures == 0 || kept.Apart(k.tried, now) >= k.pause(), err
}

// pause is how long nobody tries after a failure, so that an issuer that is down is
// not asked by every request.
func (k *keptList) pause() time.Duration {
	return firstGap << min(k.failures-1, maxListErrors)
}

// refresh fetches the list. The caller holds the turn.
func (s *StatusLists) refresh(ctx context.Context, held *keptList) {
	began := s.now()
	etag := held.etag // which changes only in this turn
	if held.list == nil || !held.list.expires.IsZero() && !began.Before(held.list.expires) {
		etag = ""
	}
	fetching, cancel := kept.Uncancelled(ctx, fetch.Timeout)
	defer cancel()
	response, err := s.policy.Fetch(fetching, held.uri, etag)
	list := held.list
	if err == nil && !response.NotModified {
		list, err = s.readList(fetching, held.uri, response.Body)
	}
	held.mu.Lock()
	held.tried, held.tryError = began, err
	if err != nil {
		held.failures++
	} else {
		held.list, held.etag, held.fetched, held.failures = list, response.ETag, began, 0
		held.fresh = s.freshness(list, response)
	}
	held.mu.Unlock()
	if err == nil {
		s.lists.grown(held, len(list.statuses))
	} else if s.policy.Log != nil {
		s.policy.Log.WarnContext(ctx, "status list not fetched", "uri", held.uri, "err", err)
	}
}

// freshness is the least of what the list, the server and the policy say.
func (s *StatusLists) freshness(list *statusList, response fetch.Response) time.Duration {
	fresh := s.policy.MaxAge
	said := false
	for _, age := range []time.Duration{list.ttl, response.MaxAge} {
		if age > 0 {
			fresh, said = min(fresh, age), true
		}
	}
	if !said {
		fresh = min(fresh, defaultListAge)
	}
	return max(fresh, minListAge)
}
