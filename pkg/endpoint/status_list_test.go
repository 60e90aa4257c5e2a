package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/ring"
)

func openStatus(t *testing.T) *site {
	t.Helper()
	s := open(t)
	s.serveStatus()
	return s
}

func (s *site) serveStatus() {
	s.mux.Handle("/status", s.provider.Status())
	s.mux.Handle("/status/", s.provider.Status())
}

func TestStatusListIsServedAsTheSpecificationSays(t *testing.T) {
	s := openStatus(t)
	if a := s.call("GET", "/status/0", ""); a.StatusCode != http.StatusNotFound {
		t.Errorf("a list that nobody is in: %s", a)
	}
	s.signIn()
	a := s.call("GET", "/status/0", "", "Accept: application/statuslist+jwt")
	for name, want := range map[string]string{
		"Content-Type": "application/statuslist+jwt", "Cache-Control": "public, max-age=5", "Vary": "Accept",
		"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	list, err := jose.ParseCompact(string(a.body), jose.MaxStatusListBytes)
	if err != nil || a.StatusCode != http.StatusOK || list.Header.Type != oauth.TypStatusList {
		t.Fatalf("%s: %v", a, err)
	}
	key, err := s.ring.Key(t.Context(), list.Header.KeyID)
	must(t, err)
	must(t, list.Verify(key))
	for _, header := range []string{"If-None-Match: " + a.Header.Get("ETag"), "If-None-Match: W/" + a.Header.Get("ETag")} {
		again := s.call("GET", "/status/0", "", header)
		if again.StatusCode != http.StatusNotModified || len(again.body) != 0 || again.Header.Get("ETag") != a.Header.Get("ETag") ||
			again.Header.Get("Cache-Control") != "public, max-age=5" {
			t.Errorf("%s: %s", header, again)
		}
	}
}

func TestStatusListRequestsThatCannotBeAnswered(t *testing.T) {
	s := openStatus(t)
	s.signIn()
	for name, c := range map[string]struct {
		path, accept string
		status       int
	}{
		"no Accept":               {"/status/0", "", 200},
		"anything":                {"/status/0", "*/*", 200},
		"any application":         {"/status/0", "application/*", 200},
		"JSON, or anything":       {"/status/0", "application/json, */*;q=0.5", 200},
		"several headers' worth":  {"/status/0", "text/html,application/statuslist+jwt;q=0.1", 200},
		"CBOR":                    {"/status/0", "application/statuslist+cwt", 406},
		"JWT is what they refuse": {"/status/0", "application/statuslist+jwt;q=0", 406},
		"malformed":               {"/status/0", ";;", 406},
		"the past":                {"/status/0?time=1686925000", "", 501},
		"a list to come":          {"/status/1", "", 404},
		"another spelling":        {"/status/00", "", 404},
		"signed":                  {"/status/+0", "", 404},
		"negative":                {"/status/-1", "", 404},
		"not a number":            {"/status/a", "", 404},
		"beyond all numbers":      {"/status/99999999999999999999", "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if c.accept != "" {
				headers = append(headers, "Accept: "+c.accept)
			}
			a := s.call("GET", c.path, "", headers...)
			if a.StatusCode != c.status {
				t.Errorf("got %s, want %d", a, c.status)
			}
			if c.status != 200 && a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("a refusal may be kept: %s", a.Header.Get("Cache-Control"))
			}
		})
	}
}

func TestAggregationNamesTheLists(t *testing.T) {
	s := openStatus(t)
	var metadata map[string]any
	must(t, json.Unmarshal(s.call("GET", "/.well-known/openid-configuration", "").body, &metadata))
	if metadata["status_list_aggregation_endpoint"] != issuer+"/status" {
		t.Errorf("metadata names %v", metadata["status_list_aggregation_endpoint"])
	}
	for _, want := range [][]any{{}, {issuer + "/status/0"}} {
		a := s.call("GET", "/status", "")
		if diff := cmp.Diff(map[string]any{"status_lists": want}, a.json); diff != "" || a.Header.Get("Content-Type") != "application/json" {
			t.Error(a, diff)
		}
		s.signIn()
	}
}

// TestF26AnOutageOfTheListsLeavesTheKeysAlone takes the state table away, which the
// lists are in, and then what the keys are sealed with.
func TestF26AnOutageOfTheListsLeavesTheKeysAlone(t *testing.T) {
	folder := ring.Copy(t)
	away := &awayTable{Table: folder.State}
	s := build(t, folder, folder.Users, away)
	s.serveStatus()
	s.signIn()
	away.gone = true
	for path, want := range map[string]int{
		"/status/0": 503, "/status": 503, "/jwks.json": 200, "/.well-known/openid-configuration": 200,
	} {
		a := s.call("GET", path, "")
		if a.StatusCode != want || want == 503 && a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", path, a)
		}
	}
	if a := s.post("/token", "grant_type=client_credentials&scope=read", secretID, secret); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a token that nobody could revoke: %s", a)
	}
}

// awayTable is a table that may be gone.
type awayTable struct {
	store.Table
	gone bool
}

var errAway = errors.Join(store.ErrUnavailable, errors.New("gone"))

func (a *awayTable) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if a.gone {
		return store.Record{}, errAway
	}
	return a.Table.Get(ctx, key)
}

func (a *awayTable) List(ctx context.Context, partition, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	if a.gone {
		return nil, store.Page{}, errAway
	}
	return a.Table.List(ctx, partition, prefix, page)
}

func (a *awayTable) Count(ctx context.Context, key store.Key, delta int, limit store.Limit) (int, error) {
	if a.gone && !strings.HasPrefix(key.Partition, "attempts#") {
		return 0, errAway
	}
	return a.Table.Count(ctx, key, delta, limit)
}
