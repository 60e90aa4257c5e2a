package verify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
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

	turn chan struct{} // holds one token: whoever takes it may fetch

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
	kept, ok := k.kept[uri]
	if !ok {
		if k.kept == nil {
			k.kept = map[string]*keptList{}
		}
		kept = &keptList{uri: uri, turn: make(chan struct{}, 1)}
		k.kept[uri] = kept
		k.makeRoom(kept)
	}
	kept.used = now
	return kept
}

// grown counts a list that was fetched.
func (k *keptLists) grown(kept *keptList, size int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept.size = size
	k.makeRoom(kept)
}

// makeRoom forgets lists until what is kept is within its bounds. The caller holds mu.
func (k *keptLists) makeRoom(but *keptList) {
	for {
		total := 0
		var oldest *keptList
		for _, kept := range k.kept {
			total += kept.size
			if kept != but && (oldest == nil || kept.used.Before(oldest.used)) {
				oldest = kept
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
func (s *StatusLists) current(ctx context.Context, kept *keptList) (*statusList, error) {
	if list, due, err := kept.look(s.now(), s.policy.MaxStale); !due {
		return list, err
	}
	select {
	case kept.turn <- struct{}{}:
		defer func() { <-kept.turn }()
	case <-ctx.Done():
		list, _, _ := kept.look(s.now(), s.policy.MaxStale)
		return list, ctx.Err()
	}
	if _, due, _ := kept.look(s.now(), s.policy.MaxStale); due {
		s.refresh(ctx, kept)
	}
	list, _, err := kept.look(s.now(), s.policy.MaxStale)
	return list, err
}

// look returns the list, whether it should be fetched now, and why it does not
// answer for tokens that it does not revoke.
func (k *keptList) look(now time.Time, maxStale time.Duration) (list *statusList, due bool, err error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.list != nil {
		age := apart(k.fetched, now)
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
	return k.list, k.failures == 0 || apart(k.tried, now) >= k.pause(), err
}

// pause is how long nobody tries after a failure, so that an issuer that is down is
// not asked by every request.
func (k *keptList) pause() time.Duration {
	return firstGap << min(k.failures-1, maxListErrors)
}

// refresh fetches the list. The caller holds the turn.
func (s *StatusLists) refresh(ctx context.Context, kept *keptList) {
	began := s.now()
	etag := kept.etag // which changes only in this turn
	if kept.list == nil || !kept.list.expires.IsZero() && !began.Before(kept.list.expires) {
		etag = ""
	}
	fetching, cancel := uncancelled(ctx, fetch.Timeout)
	defer cancel()
	response, err := s.policy.Fetch(fetching, kept.uri, etag)
	list := kept.list
	if err == nil && !response.NotModified {
		list, err = s.readList(fetching, kept.uri, response.Body)
	}
	kept.mu.Lock()
	kept.tried, kept.tryError = began, err
	if err != nil {
		kept.failures++
	} else {
		kept.list, kept.etag, kept.fetched, kept.failures = list, response.ETag, began, 0
		kept.fresh = s.freshness(list, response)
	}
	kept.mu.Unlock()
	if err == nil {
		s.lists.grown(kept, len(list.statuses))
	} else if s.policy.Log != nil {
		s.policy.Log.WarnContext(ctx, "status list not fetched", "uri", kept.uri, "err", err)
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
