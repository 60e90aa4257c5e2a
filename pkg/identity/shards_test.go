package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Whatever the page size and prefix, the pages together are every name that begins
// so, once, in order, and no page but the last is short.
func TestPagesJoinOverAllShards(t *testing.T) {
	users := newUsers(t)
	var names []string
	for i := range 150 {
		name := fmt.Sprintf("%c%c-%03d", 'a'+i%3, 'a'+i%5, i)
		names = append(names, name)
		add(t, users, identity.NewUser{Username: name})
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 200).Draw(t, "limit")
		prefix := rapid.SampledFrom([]string{"", "a", "A", "ab", "ab-0", "c", "zz"}).Draw(t, "prefix")
		var want, got []string
		for _, name := range names {
			if strings.HasPrefix(name, strings.ToLower(prefix)) {
				want = append(want, name)
			}
		}
		for page := (store.Page{Limit: limit}); ; {
			found, next, err := users.List(t.Context(), prefix, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, user := range found {
				got = append(got, user.Username)
			}
			if next == (store.Page{}) {
				break
			}
			if len(found) != limit {
				t.Fatalf("a page of %d users is not the last, limit %d", len(found), limit)
			}
			page = next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestListRefusesWhatNoNameBeginsWith(t *testing.T) {
	if _, _, err := newUsers(t).List(t.Context(), "a b", store.Page{}); code(err) != oauth.InvalidRequest {
		t.Errorf("got %v, want invalid_request", err)
	}
}
