package issue_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A bit is set for as long as a token could carry it, and then is no burden.
func TestBitsExpireWithTheLastToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		given := s.tokens(spaID, s.code(spaID, "scope=openid offline_access"))
		must(t, s.revoke(spaID, given.RefreshToken))
		time.Sleep(24 * time.Hour)
		if !s.revoked(given.AccessToken) {
			t.Error("forgotten while a token could live")
		}
		time.Sleep(2 * time.Minute)
		if s.revoked(given.AccessToken) {
			t.Error("remembered for ever")
		}
	})
}

// TestF15ManyGrantsEndInWritesThatFail: wherever the end of a session with many
// grants breaks off, no grant is gone without its bits, and doing it again does the
// rest.
func TestF15ManyGrantsEndInWritesThatFail(t *testing.T) {
	var failing *failingWrites
	s := open(t, func(table store.Table) store.Table {
		failing = &failingWrites{Table: table}
		return failing
	})
	signedIn := s.signIn(s.alice)
	var given []string
	for range 70 {
		given = append(given, s.tokens(spaID, s.authorize(signedIn, spaID)).AccessToken)
	}
	for n := 1; ; n++ {
		failing.at(n)
		err := s.issuer.SignOutEverywhere(t.Context(), s.alice.ID)
		failing.at(0)
		records, listing := store.All(t.Context(), s.state, identity.Partition(s.alice.ID), "grant#")
		must(t, listing)
		gone := 0
		for _, token := range given {
			if s.revoked(token) {
				gone++
			}
		}
		if gone < len(given)-len(records) {
			t.Fatalf("write %d failed: %d grants are left, and %d of %d revoked", n, len(records), gone, len(given))
		}
		if err == nil {
			if len(records) != 0 || gone != len(given) {
				t.Errorf("it succeeded with %d grants left and %d revoked", len(records), gone)
			}
			return
		}
		if !errors.Is(err, store.ErrUnavailable) {
			t.Fatal(err)
		}
	}
}

// failingWrites fails the n-th write from when it is told, and all after it.
type failingWrites struct {
	store.Table
	mu   sync.Mutex
	left int // 0: none fails
}

func (f *failingWrites) at(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = n
}

func (f *failingWrites) Write(ctx context.Context, changes ...store.Change) error {
	f.mu.Lock()
	switch {
	case f.left == 1:
		f.mu.Unlock()
		return store.ErrUnavailable
	case f.left > 1:
		f.left--
	}
	f.mu.Unlock()
	return f.Table.Write(ctx, changes...)
}

func TestStatusListSaysWhoSignedItWhenAndForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		if _, err := s.issuer.StatusList(t.Context(), 0, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v of a list that nobody is in", err)
		}
		if uris, err := s.issuer.StatusListURIs(t.Context()); err != nil || len(uris) != 0 {
			t.Errorf("got %v, %v", uris, err)
		}
		given := s.tokens(spaID, s.code(spaID, "scope=openid offline_access"))
		list, err := s.issuer.StatusList(t.Context(), 0, "")
		must(t, err)
		claims := claimsOf(t, list.Token)
		now := float64(time.Now().Unix())
		if claims["iss"] != issuer || claims["sub"] != issuer+"/status/0" || claims["iat"] != now || claims["exp"] != now+300 || claims["ttl"] != 5.0 {
			t.Errorf("claims %v", claims)
		}
		if said := claims["status_list"].(map[string]any); said["bits"] != 1.0 || said["aggregation_uri"] != issuer+"/status" || len(list.Token) > 600 {
			t.Errorf("%d bytes: %v", len(list.Token), said)
		}
		for _, number := range []int64{-1, 1, 1 << 62} {
			if _, err := s.issuer.StatusList(t.Context(), number, ""); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%d: got %v", number, err)
			}
		}
		if uris, err := s.issuer.StatusListURIs(t.Context()); err != nil || strings.Join(uris, " ") != issuer+"/status/0" {
			t.Errorf("got %v, %v", uris, err)
		}
		same := func(want bool) {
			t.Helper()
			got, err := s.issuer.StatusList(t.Context(), 0, list.ETag)
			must(t, err)
			if (got.Token == "") != want || want != (got.ETag == list.ETag) {
				t.Errorf("not modified %v, want %v", got.Token == "", want)
			}
		}
		same(true)
		time.Sleep(2 * time.Minute)
		same(true)
		time.Sleep(time.Minute)
		same(false) // its life is half over
		list, err = s.issuer.StatusList(t.Context(), 0, "")
		must(t, err)
		must(t, s.revoke(spaID, given.RefreshToken))
		same(false)
		for _, etag := range []string{"", ".", "a.b", list.ETag + "0", strings.Replace(list.ETag, ".", ".-", 1)} {
			if got, err := s.issuer.StatusList(t.Context(), 0, etag); err != nil || got.Token == "" {
				t.Errorf("%q: not modified, %v", etag, err)
			}
		}
	})
}

// The bits of a whole list, revoked at random, are what was revoked.
func TestListsHoldEveryRevokedBit(t *testing.T) {
	s := open(t)
	var kept []string
	for n := range 200 {
		tokens := s.tokens(spaID, s.code(spaID, "scope=openid offline_access"))
		if n%3 == 0 {
			must(t, s.revoke(spaID, tokens.RefreshToken))
		}
		kept = append(kept, tokens.AccessToken)
	}
	for n, token := range kept {
		if s.revoked(token) != (n%3 == 0) {
			t.Errorf("%d: %s revoked %v", n, reference(t, token), n%3 != 0)
		}
	}
	list, err := s.issuer.StatusList(t.Context(), 0, "")
	must(t, err)
	if bytes.Count([]byte(list.Token), []byte(".")) != 2 || len(list.Token) > 2000 {
		t.Errorf("a list of %d bytes", len(list.Token))
	}
}
