package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// origin is an issuer's key set on a real server, which lives outside of the
// bubbles of fake time.
type origin struct {
	mu           sync.Mutex
	status       int
	doc          string
	cacheControl string
	hits         int
	conditional  int
	url          string
}

func newOrigin(t *testing.T, doc string) *origin {
	o := &origin{status: http.StatusOK, doc: doc}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	o.url = server.URL + "/jwks.json"
	return o
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hits++
	w.Header().Set("Connection", "close") // in a bubble an open connection would stop the clock
	w.Header().Set("Cache-Control", o.cacheControl)
	etag := fmt.Sprintf(`"%d-%.20x"`, len(o.doc), o.doc[max(0, len(o.doc)-20):])
	w.Header().Set("ETag", etag)
	if o.status == http.StatusOK && r.Header.Get("If-None-Match") == etag {
		o.conditional++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(o.status)
	fmt.Fprint(w, o.doc)
}

// answer changes what the server says from now on.
func (o *origin) answer(status int, doc string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status, o.doc = status, doc
}

// fetches returns how often the server was asked since the last time.
func (o *origin) fetches() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	hits := o.hits
	o.hits = 0
	return hits
}

// bubble runs the test in fake time with keys fetched from an origin that has one
// key, called a.
func bubble(t *testing.T, test func(*testing.T, *origin, *verify.RemoteKeys)) {
	o := newOrigin(t, josetest.JWKS(josetest.New(oauth.ES256).JWK("a", "")))
	synctest.Test(t, func(t *testing.T) {
		client := fetch.New(fetch.Options{AllowLoopback: true})
		test(t, o, verify.NewRemoteKeys(client, o.url, verify.OwnKeysMaxAge))
	})
}

// wants asks for a key and wants this error, and this many fetches.
func wants(t *testing.T, o *origin, keys *verify.RemoteKeys, kid string, want error, fetches int) {
	t.Helper()
	key, err := keys.Key(t.Context(), kid)
	if !errors.Is(err, want) || err == nil && key.ID() != kid {
		t.Errorf("%s: got %v %v, want %v", kid, key, err, want)
	}
	if got := o.fetches(); got != fetches {
		t.Errorf("%s: fetched %d times, want %d", kid, got, fetches)
	}
}

// softAge is when keys may be fetched anew, before they must be.
const softAge = verify.OwnKeysMaxAge * 3 / 4

func TestRemoteKeysAreFetchedOnceAndRevalidated(t *testing.T) {
	bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
		if err := keys.Prefetch(t.Context()); err != nil {
			t.Fatal(err)
		}
		wants(t, o, keys, "a", nil, 1)
		time.Sleep(softAge - time.Second)
		wants(t, o, keys, "a", nil, 0)
		time.Sleep(time.Second)
		wants(t, o, keys, "a", nil, 1)
		if o.conditional != 1 {
			t.Error("the ETag was not sent back")
		}
		time.Sleep(softAge - time.Second)
		wants(t, o, keys, "a", nil, 0)
	})
}

func TestJ38UnknownKidFlood(t *testing.T) {
	bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
		wants(t, o, keys, "a", nil, 1)
		flood := func() {
			var group sync.WaitGroup
			for i := range 64 {
				group.Go(func() {
					for j := range 16 {
						if _, err := keys.Key(t.Context(), fmt.Sprintf("%d-%d", i, j)); !errors.Is(err, verify.ErrUnknownKey) {
							t.Errorf("got %v", err)
						}
					}
				})
			}
			group.Wait()
		}
		flood()
		if got := o.fetches(); got != 0 {
			t.Errorf("%d fetches within 30 s of the first", got)
		}
		for range 3 {
			time.Sleep(30 * time.Second)
			flood()
			if got := o.fetches(); got != 1 {
				t.Errorf("%d fetches in 30 s, want 1", got)
			}
		}
		// While the issuer is down a flood costs no more, and good keys go on working.
		o.answer(http.StatusInternalServerError, "down")
		time.Sleep(30 * time.Second)
		flood()
		wants(t, o, keys, "a", nil, 1)
	})
}

func TestRemoteKeysAreFetchedByOneOfMany(t *testing.T) {
	bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
		var group sync.WaitGroup
		for range 64 {
			group.Go(func() {
				if _, err := keys.Key(t.Context(), "a"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got := o.fetches(); got != 1 {
			t.Errorf("fetched %d times", got)
		}
	})
}

func TestNewKeyIsFoundByItsKid(t *testing.T) {
	bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
		wants(t, o, keys, "a", nil, 1)
		o.answer(http.StatusOK, josetest.JWKS(josetest.New(oauth.ES256).JWK("b", "")))
		wants(t, o, keys, "b", verify.ErrUnknownKey, 0)
		time.Sleep(30 * time.Second)
		wants(t, o, keys, "b", nil, 1)
	})
}

func TestJ39WithdrawnKey(t *testing.T) {
	bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
		wants(t, o, keys, "a", nil, 1)
		o.answer(http.StatusOK, josetest.JWKS(josetest.New(oauth.ES256).JWK("b", "")))
		time.Sleep(verify.OwnKeysMaxAge)
		wants(t, o, keys, "a", verify.ErrUnknownKey, 1)
		wants(t, o, keys, "b", nil, 0)
	})
}

func TestJ39CacheControlShortensNeverLengthens(t *testing.T) {
	for cacheControl, want := range map[string]time.Duration{
		"max-age=120":           90 * time.Second, // three quarters
		"max-age=1":             30 * time.Second,
		"max-age=86400":         softAge,
		"no-store, max-age=120": softAge,
	} {
		bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
			o.cacheControl = cacheControl
			wants(t, o, keys, "a", nil, 1)
			time.Sleep(want - time.Millisecond)
			wants(t, o, keys, "a", nil, 0)
			time.Sleep(time.Millisecond)
			wants(t, o, keys, "a", nil, 1)
		})
	}
}

func TestF07LastGoodKeysSurviveAnOutage(t *testing.T) {
	a, b := josetest.New(oauth.ES256), josetest.New(oauth.HS256)
	for name, bad := range map[string]struct {
		status int
		doc    string
	}{
		"status 500":            {http.StatusInternalServerError, "down"},
		"J37 redirect":          {http.StatusFound, ""},
		"J37 html":              {http.StatusOK, "<html>"},
		"J37 too long":          {http.StatusOK, strings.Repeat(" ", fetch.MaxBodyBytes) + josetest.JWKS(a.JWK("a", ""))},
		"no key":                {http.StatusOK, `{"keys":[]}`},
		"J05 two with one kid":  {http.StatusOK, josetest.JWKS(a.JWK("z", ""), a.JWK("z", ""))},
		"J04 secret beside key": {http.StatusOK, josetest.JWKS(a.JWK("z", ""), b.JWK("y", ""))},
		"J04 secret alone":      {http.StatusOK, josetest.JWKS(b.JWK("a", ""))},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
				good := o.doc
				wants(t, o, keys, "a", nil, 1)
				o.answer(bad.status, bad.doc)
				time.Sleep(verify.OwnKeysMaxAge)
				wants(t, o, keys, "a", nil, 1)
				wants(t, o, keys, "a", nil, 0)
				time.Sleep(30 * time.Second)
				wants(t, o, keys, "a", nil, 1)
				time.Sleep(24*time.Hour - verify.OwnKeysMaxAge - 31*time.Second)
				wants(t, o, keys, "a", nil, 1)
				time.Sleep(time.Second)
				wants(t, o, keys, "a", verify.ErrKeysUnavailable, 0)
				o.answer(http.StatusOK, good)
				time.Sleep(30 * time.Second)
				wants(t, o, keys, "a", nil, 1)
			})
		})
	}
}

func TestRemoteKeysThatWereNeverThere(t *testing.T) {
	bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
		good := o.doc
		o.answer(http.StatusServiceUnavailable, "")
		if err := keys.Prefetch(t.Context()); err == nil {
			t.Error("Prefetch says nothing")
		}
		wants(t, o, keys, "a", verify.ErrKeysUnavailable, 1)
		time.Sleep(time.Second)
		o.answer(http.StatusOK, good)
		wants(t, o, keys, "a", nil, 1)
	})
}

// A caller who hangs up neither ends the fetch nor gets another one free.
func TestJ38CallerWhoHangsUp(t *testing.T) {
	bubble(t, func(t *testing.T, o *origin, keys *verify.RemoteKeys) {
		wants(t, o, keys, "a", nil, 1)
		time.Sleep(30 * time.Second)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 64 {
			_, _ = keys.Key(gone, "b")
		}
		wants(t, o, keys, "a", nil, 1)
	})
}
