package local

import (
	"strconv"
	"testing"
	"time"
)

// A stranger who sends another token each time must not fill the memory.
func TestJ23TheResultCacheIsBounded(t *testing.T) {
	var c results
	now := time.Now()
	for i := range maxResults + 1 {
		c.put(strconv.Itoa(i), decision{}, now, time.Minute)
	}
	if len(c.kept) > maxResults {
		t.Errorf("%d results are kept, want at most %d", len(c.kept), maxResults)
	}
	if _, ok := c.get(strconv.Itoa(maxResults), now); !ok {
		t.Error("the newest is not kept")
	}
}
