package issue_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const browser = oauth.Secret("what this browser has in its cookie")

func (s *site) interaction() issue.Interaction {
	s.t.Helper()
	req, _ := s.ask(webID, "max_age=5", `claims={"userinfo":{"email":null}}`)
	it, err := s.issuer.OpenInteraction(s.t.Context(), req, browser)
	must(s.t, err)
	return it
}

func TestAnInteractionWaitsForItsPerson(t *testing.T) {
	s := open(t)
	it := s.interaction()
	it.Progress.SignedInAt = time.Now().UTC()
	saved, err := s.issuer.SaveInteraction(t.Context(), it)
	must(t, err)
	saved.Progress.ConsentedBy = "alice"
	_, err = s.issuer.SaveInteraction(t.Context(), saved) // what was saved can be saved again
	must(t, err)
	loaded, err := s.issuer.LoadInteraction(t.Context(), it.ID, browser)
	must(t, err)
	if diff := cmp.Diff(it.Request, loaded.Request); diff != "" || loaded.Progress.ConsentedBy != "alice" || !loaded.Progress.SignedInAt.Equal(it.Progress.SignedInAt) {
		t.Errorf("got %+v %s", loaded, diff)
	}
}

func TestO10AnInteractionBelongsToItsBrowser(t *testing.T) {
	s := open(t)
	it := s.interaction()
	for name, c := range map[string]struct {
		id      string
		browser oauth.Secret
	}{
		"another browser":  {it.ID, browser + "x"},
		"no browser":       {it.ID, ""},
		"another ID":       {it.ID + "x", browser},
		"no ID":            {"", browser},
		"a very long ID":   {strings.Repeat("a", 4096), browser},
		"an ID with bytes": {"\xff", browser},
	} {
		if _, err := s.issuer.LoadInteraction(t.Context(), c.id, c.browser); code(err) != oauth.InvalidRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := s.issuer.OpenInteraction(t.Context(), it.Request, ""); err == nil {
		t.Error("an interaction of every browser")
	}
}

func TestAnInteractionLivesAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		it := s.interaction()
		time.Sleep(time.Hour - time.Second)
		it, err := s.issuer.SaveInteraction(t.Context(), it)
		must(t, err)
		time.Sleep(time.Second) // saving does not prolong it
		_, err = s.issuer.LoadInteraction(t.Context(), it.ID, browser)
		wants(t, err, oauth.InvalidRequest)
	})
}

func TestAnInteractionIsAnsweredOnce(t *testing.T) {
	s := open(t)
	it := s.interaction()
	var closed atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := s.issuer.CloseInteraction(t.Context(), it); err == nil {
				closed.Add(1)
			} else if code(err) != oauth.InvalidRequest || !errors.Is(err, issue.ErrAnswered) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if closed.Load() != 1 {
		t.Errorf("closed %d times", closed.Load())
	}
	_, err := s.issuer.SaveInteraction(t.Context(), it)
	if wants(t, err, oauth.InvalidRequest); !errors.Is(err, issue.ErrAnswered) {
		t.Errorf("got %v", err)
	}
	_, err = s.issuer.LoadInteraction(t.Context(), it.ID, browser)
	if wants(t, err, oauth.InvalidRequest); errors.Is(err, issue.ErrAnswered) {
		t.Errorf("got %v of an interaction that was gone before", err)
	}
}

func TestTwoWindowsDoNotUndoEachOther(t *testing.T) {
	s := open(t)
	it := s.interaction()
	_, err := s.issuer.SaveInteraction(t.Context(), it)
	must(t, err)
	_, err = s.issuer.SaveInteraction(t.Context(), it)
	wants(t, err, oauth.InvalidRequest)
}
