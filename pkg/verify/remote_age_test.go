package verify

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Between the soft age and the hard one an issuer that hangs holds one caller, for
// half a second, and no other; and the keys that are here serve all of them.
func TestF07HangingIssuerHoldsOneCaller(t *testing.T) {
	t.Parallel()
	document := josetest.JWKS(josetest.New(oauth.ES256).JWK("a", ""))
	var hits atomic.Int32
	asked := make(chan bool, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hits.Add(1) == 1 {
			_, _ = w.Write([]byte(document))
			return
		}
		asked <- true
		<-r.Context().Done()
	}))
	defer server.Close()
	keys := NewRemoteKeys(fetch.New(fetch.Options{AllowLoopback: true}), server.URL, OwnKeysMaxAge)
	begin := time.Now().Round(0)
	var later atomic.Int64
	keys.now = func() time.Time { return begin.Add(time.Duration(later.Load())) }
	if _, err := keys.Key(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	later.Store(int64(OwnKeysMaxAge * 3 / 4))
	first := make(chan error, 1)
	go func() {
		_, err := keys.Key(context.WithoutCancel(t.Context()), "a")
		first <- err
	}()
	<-asked
	for range 64 {
		if _, err := keys.Key(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	}
	select {
	case err := <-first:
		t.Errorf("the others waited for the first, which got %v", err)
	default:
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
	if got := hits.Load(); got != 2 {
		t.Errorf("asked %d times, want 2", got)
	}
}
