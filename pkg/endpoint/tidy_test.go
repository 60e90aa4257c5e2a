package endpoint_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The scheduled job finishes the deletion that broke off an hour ago and leaves the one
// that somebody may be at; the trail says that nobody but the system did it.
func TestTidyFinishesDeletionsThatBrokeOff(t *testing.T) {
	s := open(t)
	for id, since := range map[string]time.Duration{"jo": time.Hour, "zoe": 0} {
		_, err := s.people.Add(t.Context(), identity.NewUser{ID: id, Username: id})
		must(t, err)
		must(t, s.people.BeginDeletion(t.Context(), id, ""))
		must(t, s.users.Write(t.Context(), store.Put(store.Key{Partition: "leaving", Sort: id}, map[string]any{
			"sub": id, "since": time.Now().Add(-since),
		})))
	}
	for _, want := range []endpoint.Tidied{{Deletions: 1}, {}} {
		if got, err := s.provider.Tidy(t.Context()); err != nil || got != want {
			t.Errorf("got %+v %v, want %+v", got, err, want)
		}
	}
	if _, err := s.people.Get(t.Context(), "jo"); err == nil {
		t.Error("jo is still there")
	}
	if _, err := s.people.Get(t.Context(), "zoe"); err != nil {
		t.Errorf("zoe is gone: %v", err)
	}
	told := s.told.String()
	if !strings.Contains(told, `"user.deleted"`) || !strings.Contains(told, `"actor":{"type":"system","id":"deletion"}`) {
		t.Errorf("the trail has %s", told)
	}
	if logged := s.logged.String(); strings.Count(logged, "deletions finished") != 1 || strings.Contains(logged, "jo") {
		t.Errorf("got the log %s", logged)
	}
}
