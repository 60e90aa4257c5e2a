package verify

import (
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
)

func TestF22AgesAreToldByTheWallClock(t *testing.T) {
	keys := NewRemoteKeys(fetch.New(fetch.Options{}), "https://id.example.com/jwks.json", OwnKeysMaxAge)
	if now := keys.now().String(); strings.Contains(now, "m=") {
		t.Errorf("%s holds a monotonic reading, which stands still in a frozen environment", now)
	}
	// A clock that was set back makes keys old, not young.
	now := time.Now()
	keys.fetched, keys.tried, keys.fresh = now, now, OwnKeysMaxAge
	if keys.stale(now.Add(time.Minute)) || !keys.stale(now.Add(-time.Hour)) {
		t.Error("a clock that was set back keeps keys for ever")
	}
}
