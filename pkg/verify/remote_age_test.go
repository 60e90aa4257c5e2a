package verify

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// onceThere is an issuer's server that answers the first request with a key called a, and
// hangs from then on.
func onceThere(t *testing.T) (uri string, hits *atomic.Int32) {
	t.Helper()
	document := josetest.JWKS(josetest.New(oauth.ES256).JWK("a", ""))
	hits = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hits.Add(1) == 1 {
			w.Header().Set("Connection", "close") // in a bubble an open connection would stop the clock
			_, _ = w.Write([]byte(document))
			return
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL, hits
}

// Between the soft age and the hard one an issuer that hangs holds one caller, for
// half a second, and no other; and the keys that are here serve all of them.
func TestF07HangingIssuerHoldsOneCaller(t *testing.T) {
	uri, _ := onceThere(t)
	synctest.Test(t, func(t *testing.T) {
		keys := NewRemoteKeys(fetch.New(fetch.Options{AllowLoopback: true}), uri, OwnKeysMaxAge)
		if _, err := keys.Key(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(OwnKeysMaxAge * 3 / 4)
		var asked atomic.Int32
		keys.uri = func(ctx context.Context) (string, error) { // a real connection would stop the clock
			asked.Add(1)
			<-ctx.Done()
			return "", ctx.Err()
		}
		began, first := time.Now(), make(chan error, 1)
		go func() {
			_, err := keys.Key(t.Context(), "a")
			first <- err
		}()
		synctest.Wait()
		for range 64 {
			if _, err := keys.Key(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the others waited for %s", waited)
		}
		if err := <-first; err != nil || time.Since(began) != softTimeout {
			t.Errorf("the first got %v after %s", err, time.Since(began))
		}
		if asked.Load() != 1 {
			t.Errorf("asked %d times, want once", asked.Load())
		}
	})
}

// The one who asks is let go however far the issuer has let them in.
func TestF07HangingConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	uri, hits := onceThere(t)
	keys := NewRemoteKeys(fetch.New(fetch.Options{AllowLoopback: true}), uri, OwnKeysMaxAge)
	begin := time.Now().Round(0)
	later := time.Duration(0)
	keys.now = func() time.Time { return begin.Add(later) }
	if _, err := keys.Key(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	later = OwnKeysMaxAge * 3 / 4
	if _, err := keys.Key(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if got := hits.Load(); got != 2 {
		t.Errorf("asked %d times, want 2", got)
	}
}
