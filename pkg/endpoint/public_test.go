package endpoint_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/ring"
)

// forgetful is a user table that cannot say which attributes there are.
type forgetful struct {
	store.Table
	away *atomic.Bool
}

func (f forgetful) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if f.away.Load() && key.Partition == "attributes" {
		return store.Record{}, store.ErrUnavailable
	}
	return f.Table.Get(ctx, key)
}

// Metadata name the attributes that there are, follow them, and outlive an outage.
func TestDiscoveryNamesAttributes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		folder := ring.Copy(t)
		users := forgetful{folder.Users, &away}
		s := build(t, folder, users, folder.State)
		named := func() (claims, scopes string) {
			t.Helper()
			a := s.call("GET", "/.well-known/openid-configuration", "")
			if a.StatusCode != 200 {
				t.Fatalf("got %s", a)
			}
			for member, into := range map[string]*string{"claims_supported": &claims, "scopes_supported": &scopes} {
				for _, name := range a.json[member].([]any) {
					if slices.Contains([]string{"department", "employment", "groups", "roles", "profile"}, name.(string)) {
						*into += " " + name.(string)
					}
				}
			}
			return claims, scopes
		}
		away.Store(true)
		if claims, scopes := named(); claims != " groups profile roles" || scopes != " groups profile roles" {
			t.Errorf("while nobody knows: %s,%s", claims, scopes)
		}
		away.Store(false)
		for _, a := range []oauth.Attribute{{Name: "department", Scope: "employment"}, {Name: "motto", Scope: "profile"}} {
			_, err := s.people.AddAttribute(t.Context(), a)
			must(t, err)
		}
		time.Sleep(10 * time.Second)
		if claims, scopes := named(); !strings.Contains(claims, "department") || scopes != " employment groups profile roles" {
			t.Errorf("got %s,%s", claims, scopes)
		}
		away.Store(true)
		time.Sleep(time.Hour)
		if claims, _ := named(); !strings.Contains(claims, "department") {
			t.Errorf("in an outage: %s", claims)
		}
		away.Store(false)
		must(t, s.people.DeleteAttribute(t.Context(), "department"))
		if claims, scopes := named(); strings.Contains(claims, "department") || strings.Contains(scopes, "employment") {
			t.Errorf("after it was deleted: %s,%s", claims, scopes)
		}
	})
}
