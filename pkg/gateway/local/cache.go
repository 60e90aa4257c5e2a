package local

import (
	"sync"
	"time"
)

// maxResults bounds the cache; a full one is emptied.
const maxResults = 10_000

// results caches decisions by identity and by nothing else: not by route, which is
// what makes narrow policies fail on API Gateway too.
type results struct {
	mu   sync.Mutex
	kept map[string]result
}

type result struct {
	decision decision
	until    time.Time
}

func (c *results) get(key string, now time.Time) (decision, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, ok := c.kept[key]
	return kept.decision, ok && now.Before(kept.until)
}

func (c *results) put(key string, d decision, now time.Time, ttl time.Duration) {
	if ttl <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= maxResults {
		c.kept = map[string]result{}
	}
	c.kept[key] = result{d, now.Add(ttl)}
}
