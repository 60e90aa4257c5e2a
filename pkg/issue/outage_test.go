package issue_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/ring"
)

// unminting is a user table that cannot say how an API wants its tokens signed, so
// that everything about a request is found good and no token can be made.
type unminting struct {
	store.Table
	away *atomic.Bool
}

func (u unminting) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if u.away.Load() && strings.HasPrefix(key.Partition, "resource#") {
		return store.Record{}, store.ErrUnavailable
	}
	return u.Table.Get(ctx, key)
}

func TestF26WhatCannotBeMintedIsNotSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		folder := ring.Copy(t)
		folder.Users = unminting{folder.Users, &away}
		s := build(t, folder)
		granted := s.code(spaID, "scope=openid offline_access")

		away.Store(true)
		if tokens, err := s.redeem(spaID, granted); err == nil || tokens.AccessToken != "" {
			t.Fatalf("got tokens, and %v", err)
		}
		away.Store(false)
		tokens := s.tokens(spaID, granted)
		time.Sleep(time.Minute) // what is known of the API is forgotten

		away.Store(true)
		if next, err := s.refresh(spaID, tokens.RefreshToken); err == nil || next.RefreshToken != "" {
			t.Fatalf("got tokens, and %v", err)
		}
		time.Sleep(time.Hour) // long after the grace time
		away.Store(false)
		if _, err := s.refresh(spaID, tokens.RefreshToken); err != nil {
			t.Errorf("the outage has cost a sign-in: %v", err)
		}
		_, err := s.redeem(spaID, granted)
		wants(t, err, oauth.InvalidGrant)
	})
}
